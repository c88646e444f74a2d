/**
 * Work that file systems are used for, as scripts of sh. Each runs in an empty directory of the file system, with
 * `$SCRATCH` for a directory elsewhere, and has failed if it ends with anything but 0.
 */

export interface Job {
  readonly name: string;
  /** Programs beyond those that every Debian machine has. */
  readonly needs: readonly string[];
  readonly seconds: number;
  readonly script: string;
}

/** How long what has a duration lasts, in seconds. */
const LONG = Number(process.env['NINES_FUSE_SECONDS'] ?? 2);

const GIT = `
export GIT_CONFIG_GLOBAL="$SCRATCH/gitconfig" GIT_CONFIG_NOSYSTEM=1
git config --global user.email test@example.org; git config --global user.name Test
git config --global init.defaultBranch main; git config --global safe.directory '*'
git init -q --bare origin.git
git clone -q origin.git work 2>/dev/null
cd work
for i in $(seq 60); do mkdir -p "dir-$((i % 7))"; seq "$i" $((i * 40)) >"dir-$((i % 7))/file-$i"; done
chmod +x dir-1/file-1; ln -s dir-1/file-1 link
git add -A; git commit -qm one; git push -q origin main
git checkout -qb side; git mv dir-2 moved; git rm -q dir-3/file-3; echo more >>dir-1/file-1; git commit -qam two
git checkout -q main; echo other >other; git add other; git commit -qm three; git merge -q -m merge side
test -z "$(git status --porcelain)"
git push -q origin main; git gc -q --prune=now; git repack -adq; git fsck --strict --no-progress
cd ..
git clone -q --no-hardlinks work copy; git -C copy fsck --strict --no-progress
diff -r --exclude=.git work copy
git -C origin.git fsck --strict --no-progress
git -C origin.git worktree add -q ../tree main; diff -r --exclude=.git work tree`;

const sqlite = (mode: string): string => `
test "$(sqlite3 db 'pragma journal_mode=${mode}; create table t (who, n); create index i on t (n);')" = ${mode}
writer() {
  for n in $(seq 25); do sqlite3 -cmd '.timeout 20000' db "insert into t values ('$1', $n)"; done
}
writer a & a=$!; writer b & b=$!
wait $a; wait $b
sqlite3 -cmd '.timeout 20000' db 'begin; with recursive c(n) as (select 1 union all select n + 1 from c where n < 20000)
  insert into t select hex(randomblob(20)), n from c; commit; delete from t where n % 3 = 0; vacuum;'
test "$(sqlite3 db 'pragma integrity_check')" = ok
test "$(sqlite3 db "select count(*) from t where who in ('a', 'b')")" = 34
sqlite3 db .dump | sqlite3 again
test "$(sqlite3 again 'select count(*), sum(n) from t')" = "$(sqlite3 db 'select count(*), sum(n) from t')"`;

/** An engine that this kernel does not let be used is left out. */
const fio = (engine: string, direct: number): string => `
run() { fio --name=t --ioengine=${engine} --direct=${direct} --verify=crc32c --verify_fatal=1 --verify_state_save=0 \\
  --iodepth=8 --thread --randrepeat=0 --fallocate=none --group_reporting --output="$SCRATCH/fio" "$@" ||
  { cat "$SCRATCH/fio"; exit 1; }; }
if ! (cd "$SCRATCH"; fio --name=probe --ioengine=${engine} --size=4k --rw=write >"$SCRATCH/probe" 2>&1); then exit 0; fi
run --rw=randwrite --bsrange=4k-64k --blockalign=4k --size=3m --numjobs=3
run --rw=write --bs=1m --size=8m --numjobs=2 --filename_format='s.$jobnum'
run --rw=randrw --bs=4k --size=2m --numjobs=3 --filename_format='r.$jobnum'`;

const TAR = `
cd "$SCRATCH"; mkdir files
for d in $(seq 50); do
  mkdir "files/$d"
  for f in $(seq 100); do echo "$d $f" >"files/$d/$f"; done
done
head -c 3000000 /dev/urandom >files/large; ln -s 1/1 files/link; ln files/1/2 files/other; chmod 751 files/7
tar cf files.tar files
cd - >/dev/null
tar xf "$SCRATCH/files.tar"
diff -r "$SCRATCH/files" files
test "$(find files | wc -l)" = 5054
test "$(stat -c %a files/7)" = 751; test files/1/2 -ef files/other; test "$(readlink files/link)" = 1/1
tar cf again.tar files; tar df again.tar; tar df "$SCRATCH/files.tar"
rm -rf files; test ! -e files`;

const COPIES = `
make() {
  mkdir -p "$1/a/b" "$1/empty"; seq 5000 >"$1/a/numbers"; head -c 200000 /dev/urandom >"$1/a/b/bytes"
  ln -s ../a/numbers "$1/a/link"; ln "$1/a/numbers" "$1/twin"; mkfifo "$1/fifo"; chmod 640 "$1/a/b/bytes"
  touch -d '2001-02-03 04:05:06.789' "$1/a/b/bytes"; chmod 1777 "$1/empty"; printf x >"$1/$(printf 'n\\303\\274 \\377\\n')"
  truncate -s 3M "$1/sparse"
}
same() { test -z "$(rsync -aHXni --delete --checksum "$1/" "$2/")"; }
make "$SCRATCH/from"
cp -a "$SCRATCH/from" here; same "$SCRATCH/from" here
cp -a here there; same here there
rsync -aHX "$SCRATCH/from/" rsynced; same "$SCRATCH/from" rsynced
rm "$SCRATCH/from/twin"; echo changed >"$SCRATCH/from/a/numbers"; rsync -aHX --delete "$SCRATCH/from/" rsynced
same "$SCRATCH/from" rsynced
cp --sparse=always here/sparse holes; cmp here/sparse holes
cp --reflink=auto here/a/b/bytes copied; cmp here/a/b/bytes copied
dd if=here/a/b/bytes of=dd bs=7001 2>/dev/null; cmp here/a/b/bytes dd
install -m 700 here/a/numbers installed; test "$(stat -c %a installed)" = 700
mv here moved; same there moved; mv moved "$SCRATCH/moved"; same there "$SCRATCH/moved"; mv "$SCRATCH/moved" back; same there back`;

const TOOLS = `
mkdir d; for i in $(seq 100); do echo "$((i * 7919 % 100)) text" >"d/f$i"; done
test "$(find d -type f -size -2 -newermt 2001-01-01 | wc -l)" = 100
test "$(find d -type f -exec cat {} + | sort -n -T . | uniq | wc -l)" = 100
test "$(du -s --apparent-size -B1 d | cut -f1)" -gt 500
du -s d >/dev/null; df . >/dev/null; df -i . >/dev/null; test "$(stat -fc %l .)" = 255
seq 200000 | sort -R -T . -S 200k --random-source=/dev/zero | sort -n -T . -S 200k >sorted; seq 200000 | cmp - sorted
sed -i s/1/one/ sorted; test "$(head -n 1 sorted)" = one
split -l 50000 sorted part-; cat part-* | cmp - sorted
gzip -k sorted; gzip -dc sorted.gz | cmp - sorted; sha256sum sorted >sum; sha256sum -c --quiet sum
shuf -i 1-1000 >s; tac s | tac | cmp - s; wc -l s | grep -q '^1000 '; grep -c . s | grep -qx 1000
touch -d 2001-01-01 old; test -n "$(find . -name old -mtime +1000)"; test s -nt old
ln -s d link; test "$(readlink -f link)" = "$(pwd -P)/d"; ls -laR . >/dev/null; truncate -s 10G big; test "$(stat -c %s big)" = 10737418240
mktemp -p . >/dev/null; flock lock true; (flock -n 9 && ! flock -n lock2 false) 9>lock2; chmod -R u+w d; rm -rf d
python3 - <<'END' 2>/dev/null || ! command -v python3 >/dev/null
import mmap, os, tempfile
with tempfile.TemporaryFile(dir='.') as f:
    f.write(b'x' * 100000); f.flush()
    m = mmap.mmap(f.fileno(), 0); m[5:8] = b'abc'; m.flush(); f.seek(5); assert f.read(3) == b'abc'
END`;

const FOLLOW = `
echo begin >log
(for i in $(seq 30); do echo "line $i" >>log; sleep 0.02; done) &
test "$(timeout 20 tail -n +1 -s 0.05 -f log | head -n 31 | tail -n 1)" = 'line 30'`;

const VIM = `
printf 'one\\ntwo\\n' >f; chmod 640 f; ln f twin
vim.tiny -es -u NONE -c 'set backup backupskip= backupcopy=auto' -c '%s/two/three/' -c wq f </dev/null
test "$(cat f)" = "$(printf 'one\\nthree')"; test "$(cat f~)" = "$(printf 'one\\ntwo')"; test "$(stat -c %a f)" = 640
vim.tiny -es -u NONE -c 'set nobackup writebackup backupskip= backupcopy=no' -c '%s/one/zero/' -c wq f </dev/null
test "$(head -n 1 f)" = zero
vim.tiny -es -u NONE -c 'normal Gonew' -c w -c 'normal onewer' -c wq f </dev/null
test "$(tail -n 1 f)" = newer; test -z "$(find . -name '.*.sw?')"`;

const NPM = `
mkdir -p "$SCRATCH/package/lib" "$SCRATCH/package/bin"
cd "$SCRATCH/package"
echo '{"name":"local-package","version":"1.2.3","bin":{"local-package":"bin/run.js"},"main":"lib/index.js"}' >package.json
echo 'module.exports = 42' >lib/index.js
printf '#!/usr/bin/env node\\nconsole.log(require("..") + 1)\\n' >bin/run.js; chmod +x bin/run.js
for i in $(seq 100); do echo "exports.n = $i" >"lib/part-$i.js"; done
npm pack --silent --cache "$SCRATCH/cache" >/dev/null
cd - >/dev/null
echo '{"name":"user","version":"1.0.0","private":true}' >package.json
npm install --silent --offline --no-audit --no-fund --no-update-notifier --cache "$SCRATCH/cache" "$SCRATCH/package/local-package-1.2.3.tgz"
test "$(node -p 'require("local-package")')" = 42; test "$(node_modules/.bin/local-package)" = 43
npm ls --silent --cache "$SCRATCH/cache" >/dev/null
npm uninstall --silent --offline --no-audit --no-fund --cache "$SCRATCH/cache" local-package; test ! -e node_modules/local-package`;

const STRESS = `stress-ng --temp-path . --timeout ${LONG} --verify --oomable \\
  --hdd 1 --hdd-bytes 4m --dir 1 --dir-dirs 128 --rename 1 --filename 1 2>&1 | tee "$SCRATCH/stress"
grep -q 'successful run completed' "$SCRATCH/stress"`;

const DBENCH = `dbench -D . -c "$(dirname "$(dpkg -L dbench | grep client.txt | head -n 1)")/client.txt" -t ${LONG} 3 >"$SCRATCH/dbench" 2>&1 ||
  { cat "$SCRATCH/dbench"; exit 1; }
grep -q Throughput "$SCRATCH/dbench"`;

const BUILD = `
for i in $(seq 12); do echo "int f$i(void) { return $i; }" >"f$i.c"; done
printf 'int main(void) { return 0; }\\n' >main.c
printf 'OBJECTS = $(patsubst %%.c,%%.o,$(wildcard *.c))\\nprogram: $(OBJECTS)\\n\\tgcc -o $@ $^\\n%%.o: %%.c\\n\\tgcc -c -o $@ $<\\n' >Makefile
make -s -j4; ./program; make -q; sleep 0.02; touch f1.c; ! make -q; make -s; make -q`;

export const jobs: readonly Job[] = [
  { name: 'git', needs: ['git'], seconds: 60, script: GIT },
  { name: 'sqlite, journal', needs: ['sqlite3'], seconds: 60, script: sqlite('delete') },
  { name: 'sqlite, WAL', needs: ['sqlite3'], seconds: 60, script: sqlite('wal') },
  { name: 'fio, psync, buffered', needs: ['fio'], seconds: 60, script: fio('psync', 0) },
  { name: 'fio, psync, direct', needs: ['fio'], seconds: 60, script: fio('psync', 1) },
  { name: 'fio, libaio, direct', needs: ['fio'], seconds: 60, script: fio('libaio', 1) },
  { name: 'fio, io_uring, buffered', needs: ['fio'], seconds: 60, script: fio('io_uring', 0) },
  { name: 'fio, io_uring, direct', needs: ['fio'], seconds: 60, script: fio('io_uring', 1) },
  { name: 'fio, mmap', needs: ['fio'], seconds: 60, script: fio('mmap', 0) },
  { name: 'tar of 5,000 files', needs: [], seconds: 90, script: TAR },
  { name: 'cp, rsync, mv', needs: ['rsync'], seconds: 30, script: COPIES },
  { name: 'find, du, df, sort and others', needs: [], seconds: 30, script: TOOLS },
  { name: 'tail -f', needs: [], seconds: 30, script: FOLLOW },
  { name: 'vim', needs: ['vim.tiny'], seconds: 30, script: VIM },
  { name: 'npm install', needs: ['npm'], seconds: 60, script: NPM },
  { name: 'make and gcc', needs: ['make', 'gcc'], seconds: 30, script: BUILD },
  { name: 'stress-ng', needs: ['stress-ng'], seconds: 30 + 5 * LONG, script: STRESS },
  { name: 'dbench', needs: ['dbench'], seconds: 30 + 5 * LONG, script: DBENCH },
];

/**
 * Mounts by libfuse 2 and the npm package fuse-native, which is no dependency: `npm install --no-save --save-optional
 * fuse-native@2.2.6`, and Debian's libfuse2.
 */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ctl, dir, serve, stream, text, type Serving } from '../../src/index.ts';
import { jobs } from './fuse/jobs.ts';
import { directoryIn, lackForMounts, mountFuse, type Mount } from './fuse/mounts.ts';
import { ok, sh } from './fuse/shell.ts';
import { missingPrograms, run, temporaryDirectory } from './programs.ts';

const BACKEND = 'backend=fuse-native';

/** What of the usual work a mount without shared mappings, hard links that show, and times of their own can do. */
const WORK = ['git', 'sqlite, journal', 'fio, psync, direct', 'tail -f', 'make and gcc'];

const MINUTE = 60_000;

const resolved = isThere('fuse-native');
const lacking = lackForMounts() ?? (await lackForPackage());
if (lacking !== undefined) process.stderr.write(`fuse-native: skipped, ${lacking}\n`);
if (resolved) process.stderr.write('fuse-native, without the package: skipped, it is there\n');

function isThere(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

async function lackForPackage(): Promise<string | undefined> {
  if (!resolved) return 'needs the npm package fuse-native (not installed)';
  const load = `require(${JSON.stringify(createRequire(import.meta.url).resolve('fuse-native'))})`;
  const { code, stderr } = await run(process.execPath, ['-e', load], 20_000);
  return code === 0
    ? undefined
    : `fuse-native cannot be loaded: ${/^Error: .*$/m.exec(stderr)?.[0] ?? stderr}`;
}

const isMounted = (path: string): boolean => readFileSync('/proc/self/mounts', 'utf8').includes(` ${path} `);

(lackForMounts() !== undefined || resolved ? test.skip : test)(
  'without the package: what to install',
  async () => {
    await expect(mountFuse('ram:', BACKEND)).rejects.toThrow('npm install fuse-native@2.2.6');
  },
);

(lacking === undefined ? describe : describe.skip)('a tree in memory', () => {
  let mounted: Mount;

  beforeAll(async () => {
    mounted = await mountFuse('ram:', `allow_other,${BACKEND}`);
  });
  afterAll(async () => mounted?.[Symbol.asyncDispose]());

  test('ls, cp, mv, cat and diff, of a MiB too', async () => {
    await using scratch = await temporaryDirectory();
    const cwd = await directoryIn(mounted.path, 'files');
    const script = `
head -c 1048576 /dev/urandom >"$SCRATCH/large"; seq 1000 >"$SCRATCH/numbers"; mkdir "$SCRATCH/d"; echo x >"$SCRATCH/d/x"
cp -r "$SCRATCH" here; diff -r "$SCRATCH" here
mv here/large there; cmp there "$SCRATCH/large"; test ! -e here/large
test "$(stat -c '%s %a %F' there)" = '1048576 644 regular file'
ln -s here/numbers link; test "$(tail -n 1 link)" = 1000; chmod 600 there; test "$(ls -l there | cut -c 1-10)" = -rw-------
echo more >>here/d/x; test "$(cat here/d/x)" = "$(printf 'x\\nmore')"; : >there; test ! -s there
touch -d '2001-02-03 04:05:06' there; test "$(stat -c %Y there)" = "$(date -d '2001-02-03 04:05:06' +%s)"
for i in $(seq 300); do echo "$i" >"here/d/$i"; done; test "$(ls here/d | wc -l)" = 301
setfattr -n user.note -v words there 2>/dev/null && test "$(getfattr --only-values -n user.note there)" = words ||
  ! command -v setfattr >/dev/null
rm -r here; test "$(ls)" = "$(printf 'link\\nthere')"`;
    await ok(script, { cwd, env: { SCRATCH: scratch.path } });
  });

  for (const { name, needs, seconds, script } of jobs.filter((job) => WORK.includes(job.name))) {
    const missing = missingPrograms(...needs);
    if (missing !== undefined) process.stderr.write(`fuse-native, ${name}: skipped, ${missing}\n`);
    (missing === undefined ? test : test.skip)(
      name,
      async () => {
        await using scratch = await temporaryDirectory();
        const cwd = await directoryIn(mounted.path, name.replaceAll(/\W+/g, '-'));
        await ok(script, { cwd, seconds, env: { SCRATCH: scratch.path } });
      },
      2 * MINUTE,
    );
  }

  test('it ends when somebody unmounts it', async () => {
    const { path, process: served } = mounted;
    const ended = new Promise<number | null>((resolve) => served!.once('exit', resolve));
    await ok(`umount ${path}`);
    expect(await ended).toBe(0);
    expect(mounted.printed()).toBe(
      `mounted ram: on ${path} (fuse.nines, by fuse-native)\n${path} was unmounted\n`,
    );
    expect(isMounted(path)).toBe(false);
  });
});

(lacking === undefined ? describe : describe.skip)('a synthetic tree, over 9P', () => {
  let served: Serving;
  let mounted: Mount;
  let level = '';
  let tell: (line: string) => void = () => undefined;
  const news = new Promise<string>((resolve) => (tell = resolve));

  beforeAll(async () => {
    const tree = dir({
      hello: text('hello, world\n'),
      ctl: ctl({ level: ([word]) => void (level = word) }, () => `level ${level}\n`),
      log: stream(async function* () {
        yield await news;
      }),
    });
    served = await serve('tcp://127.0.0.1:0', tree);
    mounted = await mountFuse(served.address, BACKEND);
  });
  afterAll(async () => {
    tell('');
    await mounted?.[Symbol.asyncDispose]();
    await served?.close();
  });

  test('files whose size is not known are read, and commands given', async () => {
    const cwd = mounted.path;
    expect(await ok('cat hello', { cwd })).toBe('hello, world\n');
    expect(await ok('echo level 7 >ctl; cat ctl', { cwd })).toBe('level 7\n');
    expect((await sh('echo nonsense >ctl', { cwd })).code).not.toBe(0);
    expect(await ok('ls', { cwd })).toBe('ctl\nhello\nlog\n');
  });

  test('a read that waits holds up nobody, and can be killed', async () => {
    const cwd = mounted.path;
    const waiting = Array.from({ length: 20 }, () => sh('timeout -s KILL 3 cat log', { cwd }));
    expect(await ok('cat hello', { cwd })).toBe('hello, world\n');
    for (const { code, stuck } of await Promise.all(waiting)) {
      expect(code).toBe(137);
      expect(stuck).toBe(false);
    }
  });

  test('and news arrive', async () => {
    const following = ok('cat log', { cwd: mounted.path });
    tell('news\n');
    expect(await following).toBe('news\n');
  });

  test('SIGTERM unmounts', async () => {
    const { path, process: child } = mounted;
    await mounted[Symbol.asyncDispose]();
    expect(child!.signalCode).toBe(null);
    expect(isMounted(path)).toBe(false);
  });
});

/** An ordinary user, in a mount namespace of his own (user_namespaces(7)): nothing is installed for him. */
import { describe, expect, test } from '@jest/globals';
import { chmod, copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lackForMounts } from './fuse/mounts.ts';
import { ok } from './fuse/shell.ts';
import { compilePosixBattery } from './posix/battery.ts';
import { missingPrograms, nsPath, packageRoot, run, temporaryDirectory } from './programs.ts';

const NOBODY = 65534;

/** What ordinary users do in a place of their own: his programs are those that he can read. */
async function lackForUsers(): Promise<string | undefined> {
  const lack = lackForMounts() ?? missingPrograms('setpriv', 'unshare', 'gcc');
  if (lack !== undefined) return lack;
  const args = asUser(
    `test -r '${packageRoot()}/package.json' && test -r '${nsPath()}' && test -w /dev/fuse`,
  );
  const { code } = await run('setpriv', args, 10_000);
  return code === 0
    ? undefined
    : 'needs user namespaces, a /dev/fuse for all, and a checkout that others can read';
}

const asUser = (script: string): readonly string[] => [
  `--reuid=${NOBODY}`,
  `--regid=${NOBODY}`,
  '--clear-groups',
  'unshare',
  '-Urm',
  'sh',
  '-ec',
  script,
];

const lacking = await lackForUsers();
if (lacking !== undefined) process.stderr.write(`mounts of an ordinary user: skipped, ${lacking}\n`);

(lacking === undefined ? describe : describe.skip)('an ordinary user, in his own mount namespace', () => {
  test('mounts, works, unmounts', async () => {
    await using directory = await temporaryDirectory();
    const node = join(directory.path, 'node');
    await copyFile(process.execPath, node);
    await chmod(node, 0o755);
    await chmod(directory.path, 0o777);
    const battery = await compilePosixBattery(directory.path);
    const script = `
      cd ${directory.path}; mkdir m tree run; export XDG_RUNTIME_DIR=$PWD/run HOME=$PWD
      begin() {
        : >log # the line of the mount before is not to be taken for this one's
        ${node} ${nsPath()} export fuse "$1" m -o allow_other >>log 2>&1 & server=$!
        for i in $(seq 200); do grep -q ^mounted log && break; sleep 0.05; done; cat log
        grep -q " $PWD/m " /proc/mounts
      }
      end() { kill $server; wait $server || true; ! grep -q " $PWD/m " /proc/mounts; }
      begin ram:
      (cd m; seq 1000 >n; cp -a n c; cmp n c; tar cf t n c; mkdir x; tar xf t -C x; cmp n x/n; rm -r x)
      end
      begin file:$PWD/tree; mkdir m/battery
      timeout -s KILL 60 unshare -U --map-user=1000 --map-group=1000 ${battery} m/battery >out || true
      grep -v '^ok\\|^skip' out || true; echo passed $(grep -c ^ok out)
      end`;
    await writeFile(join(directory.path, 'script'), script, { mode: 0o755 });
    const args = asUser(`. ${directory.path}/script`).map((word) => `'${word}'`);
    const output = await ok(`setpriv ${args.join(' ')}`, { seconds: 150 });
    expect(output.split('\n').filter((line) => line.startsWith('not ok'))).toEqual([]);
    expect(output).toMatch(/^passed [1-9]\d*$/m);
  }, 200_000);
});

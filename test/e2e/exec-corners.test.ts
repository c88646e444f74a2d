/** Programs in worlds of their own: what may stand in their way, and what they must not reach. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PATIENCE, UserWorld, lacking, users } from './users.ts';

const SYSTEM = ['/usr', '/bin', '/lib', '/lib64'].filter((path) => existsSync(path));

(lacking === undefined ? describe : describe.skip).each(users)('%s', (_, uid) => {
  let world: UserWorld;
  beforeAll(() => {
    world = new UserWorld(uid);
    world.file('w.ns', 'mount -c ram: /n/ram\n');
  });
  afterAll(() => world[Symbol.asyncDispose]());

  test(
    '--bare: no shared memory of the machine’s, and none of its cgroups',
    async () => {
      const script =
        'readlink /proc/self/ns/ipc; unshare -Ur true && echo users; unshare -UrC true && echo groups';
      const args = ['--bare', '--keep', ...SYSTEM, '--', 'sh', '-c', script];
      const { stdout, stderr } = await world.exec('w.ns', ...args);
      const [ipc, ...rest] = stdout.split('\n');
      expect(ipc).toMatch(/^ipc:\[\d+\]$/);
      expect(ipc).not.toBe(readlinkSync('/proc/self/ns/ipc'));
      expect(rest).toEqual(['users', '']);
      expect(stderr).toMatch(/^unshare: .*\n$/);
    },
    PATIENCE,
  );

  test(
    'what is no program',
    async () => {
      const why = 'it is no program, or none that this user may run; check its mode (chmod +x)';
      for (const name of ['/usr', '/etc/passwd']) {
        expect(await world.exec('w.ns', '--', name)).toMatchObject({
          status: 126,
          stderr: `ns: cannot run ${name}: ${why}\n`,
        });
      }
      // Those of a shell.
      for (const name of ['exit', 'if'])
        expect(await world.exec('w.ns', '--', name)).toMatchObject({ status: 127 });
    },
    PATIENCE,
  );

  test(
    'the environment is the same, whatever its names',
    async () => {
      const env = { go: '1', program: '2', directory: '3', asked: '4', place: '5', OLDPWD: '/usr' };
      const args = [
        '--bare',
        '--keep',
        ...SYSTEM,
        '--',
        'sh',
        '-c',
        'echo $go $program $directory $asked $place $OLDPWD',
      ];
      const { stdout } = await world.start(['exec', '-n', 'w.ns', ...args], { env }).ended;
      expect(stdout).toBe('1 2 3 4 5 /usr\n');
    },
    PATIENCE,
  );

  test(
    'from a directory that is gone it begins in the root',
    async () => {
      mkdirSync(world.path('gone'));
      const [command, ...args] = world.line('exec', '-n', world.path('w.ns'), '--', 'pwd');
      const script = 'cd gone && rmdir ../gone && exec "$@"';
      expect(await world.run('bash', ['-c', script, 'bash', command, ...args]).ended).toMatchObject({
        status: 0,
        stdout: '/\n',
      });
    },
    PATIENCE,
  );
});

const [, someone] = users.at(-1)!;

(lacking === undefined ? describe : describe.skip)('mounts that hang', () => {
  test(
    'are left out',
    async () => {
      await using world = new UserWorld(someone);
      const { addresses, child } = await world.serve('-m', 'ram: /');
      for (const path of ['/hangs', '/n/a\nb', '/tmp/hangs']) await world.out('mount', addresses[0], path);
      execFileSync('kill', ['-STOP', String(child.pid)]);
      const [joined, bare] = await Promise.all([
        world.ns('exec', '--', 'echo', 'there'),
        world.ns('exec', '--bare', '--keep', ...SYSTEM, '--', 'echo', 'there'),
      ]);
      const left = (path: string): string => `ns: ${path} is left out: no answer in time\n`;
      expect(bare).toMatchObject({ status: 0, stdout: 'there\n', stderr: left('/hangs') });
      expect(joined).toMatchObject({ status: 0, stdout: 'there\n' });
      for (const path of ['/hangs', '/tmp/hangs']) expect(joined.stderr).toContain(left(path));
    },
    PATIENCE,
  );
});

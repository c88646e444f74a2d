/** Programs in worlds of their own, as root and as a plain user. */
import { chownSync, mkdirSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PATIENCE, UserWorld, lacking, read, users } from './users.ts';
import type { World } from './world.ts';

(lacking === undefined ? describe : describe.skip).each(users)('%s', (_, uid) => {
  let world: UserWorld;
  beforeAll(() => {
    world = new UserWorld(uid);
    world.file('data/hello', 'hello\n');
    world.file('w.ns', 'mount ram: /n/ram\nmount -c file:data /net/data\nmount ram: /dev/inner\n');
    world.file(
      'box.ns',
      'mount file:/usr /usr\nbind /usr/bin /bin\nbind /usr/lib /lib\nmount -c ram: /home\n',
    );
    for (const name of ['lib64', 'lib32']) {
      const target = `/usr/${name}`;
      if (read(`${target}/ld-linux-x86-64.so.2`) !== '')
        world.file('box.ns', `${world.read('box.ns')}bind ${target} /${name}\n`);
    }
    if (uid !== undefined) for (const name of ['data', 'data/hello']) chownSync(world.path(name), uid, uid);
  });
  afterAll(() => world[Symbol.asyncDispose]());

  test(
    'the namespace is a part of the file system, and the rest is the machine’s',
    async () => {
      const script =
        'ls /n; cat /net/data/hello; pwd; id -u; ls -d /dev/inner /dev/null; echo new >/net/data/new';
      const { status, stdout, stderr } = await world.exec('w.ns', '--', 'sh', '-c', script);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toBe(`ram\nhello\n${world.directory}\n${world.uid}\n/dev/inner\n/dev/null\n`);
      expect(world.read('data/new')).toBe('new\n');
      expect(readdirSync('/')).not.toContain('.nines-old-root');
    },
    PATIENCE,
  );

  test(
    'two programs at once see different things at one path',
    async () => {
      for (const name of ['one', 'two']) {
        world.file(`${name}/log`, `the log of ${name}\n`);
        world.file(`${name}.ns`, `mount file:${name} /n/${name}\nbind /n/${name}/log /dev/log\n`);
      }
      const look = (name: string) =>
        world.exec(`${name}.ns`, '--', 'sh', '-c', 'cat /dev/log; sleep 1; cat /dev/log');
      const both = await Promise.all([look('one'), look('two')]);
      expect(both.map(({ stdout }) => stdout)).toEqual([
        'the log of one\nthe log of one\n',
        'the log of two\nthe log of two\n',
      ]);
    },
    PATIENCE,
  );

  test(
    'the current namespace, with what its process holds; NS names it inside',
    async () => {
      await world.out('--ns', 'work', 'mount', '-c', 'ram:', '/n/work');
      const script = 'echo kept >/n/work/file; echo $NS';
      expect(await world.out('exec', '--ns', 'work', '--', 'sh', '-c', script)).toBe('work\n');
      expect(await world.out('--ns', 'work', 'cat', '/n/work/file')).toBe('kept\n');
      await world.out('--ns', 'work', 'stop');
    },
    PATIENCE,
  );

  test(
    '--ro, --keep and -w',
    async () => {
      const ro = await world.exec('w.ns', '--ro', '--', 'sh', '-c', 'echo x >/net/data/hello');
      expect(ro.stderr).toContain('Read-only file system');
      expect(world.read('data/hello')).toBe('hello\n');
      const kept = await world.exec(
        'w.ns',
        '--keep',
        '/dev',
        '/etc',
        '--',
        'ls',
        '-d',
        '/dev/inner',
        '/dev/null',
      );
      expect(kept.stdout).toBe('/dev/null\n');
      expect((await world.exec('w.ns', '-w', '/n/ram', '--', 'pwd')).stdout).toBe('/n/ram\n');
      expect(await world.exec('w.ns', '-w', '/n/none', '--', 'pwd')).toMatchObject({
        status: 1,
        stderr:
          'ns: cannot run pwd in /n/none: there is no such directory in its world; choose another (-w)\n',
      });
    },
    PATIENCE,
  );

  test(
    '--bare: what was not bound is not there, and there is no way out',
    async () => {
      const script = [
        'cat /etc/passwd',
        'ls /',
        'ls /dev',
        'echo kept >/home/file && cat /home/file',
        'grep -Ec "^[0-9]+ [0-9]+ [0-9:]+ [^ ]+ / " /proc/self/mountinfo',
        'readlink /proc/self/fd/* | grep -v -e ^/proc -e ^pipe -e ^/dev/null -e ^socket',
        'unshare -Urm sh -c "umount -l / /usr /dev/null; mount -t proc proc /proc; ls /.nines-old-root"',
        'grep NoNewPrivs /proc/self/status',
        'echo x >/proc/sys/kernel/core_pattern',
        'chroot /proc/1/root cat /etc/passwd',
      ].join('\n');
      const { stdout, stderr } = await world.exec('box.ns', '--bare', '--', '/bin/sh', '-c', script);
      const names = 'bin dev home lib mnt n net proc srv tmp usr'.split(' ');
      const listed = stdout.split('\n').filter((line) => !/^lib\w+$/.test(line));
      expect(listed).toEqual([
        ...names,
        ...'fd full null random stderr stdin stdout tty urandom zero'.split(' '),
        'kept',
        '1',
        'NoNewPrivs:\t1',
        '',
      ]);
      expect(stderr).toMatch(/cat: \/etc\/passwd: No such file or directory/);
      expect(stderr).toMatch(/cannot create \/proc\/sys\/kernel\/core_pattern/);
      expect(stdout + stderr).not.toContain('root:x:0');
    },
    PATIENCE,
  );

  test(
    'a directory that the command was started with is not left open to the program',
    async () => {
      const script = 'exec 5</ 50</; exec "$@"';
      const looks = ['exec', '-n', 'box.ns', '--bare', '--', 'ls', '/proc/self/fd'];
      const { stdout } = await world.run('bash', ['-c', script, 'bash', ...world.line(...looks)]).ended;
      expect(stdout).toBe('0\n1\n2\n3\n');
    },
    PATIENCE,
  );

  test(
    'exit codes',
    async () => {
      for (const code of [0, 1, 2, 3, 77, 125, 126, 127, 128, 129, 200, 255])
        expect([code, (await world.exec('w.ns', '--', 'sh', '-c', `exit ${code}`)).status]).toEqual([
          code,
          code,
        ]);
      for (const [signal, code] of [
        ['KILL', 137],
        ['TERM', 143],
        ['SEGV', 139],
      ] as const) {
        // prettier-ignore
        const result = await world.exec('w.ns', '--', 'sh', '-c', `kill -${signal} $$`);
        expect(result).toMatchObject({ status: code, stdout: '', stderr: '' });
      }
    },
    PATIENCE,
  );

  test(
    'what cannot be run',
    async () => {
      expect(await world.exec('w.ns', '--', 'no-such-program')).toMatchObject({
        status: 127,
        stderr: 'ns: cannot run no-such-program: there is no such program in its world; check its name\n',
      });
      expect(await world.exec('w.ns', '--', './w.ns')).toMatchObject({ status: 126 });
      expect(await world.fail('exec', '-n', 'none.ns', '--', 'true')).toMatchObject({ status: 1 });
      expect(await world.fail('exec', '-n', 'w.ns', '--keep', '/no/such', '--', 'true')).toEqual({
        status: 1,
        line: 'ns: cannot keep /no/such: this machine has no such file; check the name',
      });
      expect((await world.fail('exec', '-n', 'w.ns')).status).toBe(2);
      expect((await world.fail('exec', '--no-such', '--', 'true')).status).toBe(2);
    },
    PATIENCE,
  );

  test(
    'input, output and arguments pass as they are',
    async () => {
      const script = 'cat; printf "%s|" "$@"; echo error >&2';
      const args = ['exec', '-n', 'w.ns', '--', 'sh', '-c', script, 'sh', 'a  b', '$x', "it's", '', '*'];
      const { stdout, stderr } = await world.start(args, { input: 'in\0put' }).ended;
      expect(stdout).toBe("in\0puta  b|$x|it's||*|");
      expect(stderr).toBe('error\n');
    },
    PATIENCE,
  );

  test.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR1'] as const)(
    '%s is passed on',
    async (signal) => {
      const script = `trap 'echo got; exit 9' ${signal.slice(3)}; echo up; while :; do sleep 0.05; done`;
      const running = world.start(['exec', '-n', 'w.ns', '--', 'sh', '-c', script]);
      await running.until(({ stdout }) => stdout.includes('up'));
      expect(await running.stop(signal)).toMatchObject({ status: 9, stdout: 'up\ngot\n' });
    },
    PATIENCE,
  );

  test(
    'Control-C reaches the program, once',
    async () => {
      const script = "n=0; trap 'n=$((n+1)); echo got $n' INT; echo up; read x; read x; exit $((n+40))";
      const args = ['exec', '-n', 'w.ns', '--', 'bash', '-c', script];
      const { status, stdout } = await world.typing(args, [
        [/up/, '\x03'],
        [/got 1/, '\r'],
        [/\n/, '\r'],
      ]);
      expect({ status, again: stdout.includes('got 2') }).toEqual({ status: 41, again: false });
      const killed = await world.typing(
        ['exec', '-n', 'w.ns', '--', 'sh', '-c', 'echo up; exec sleep 99'],
        [[/up/, '\x03']],
      );
      expect(killed.status).toBe(130);
      await world.quiet();
    },
    PATIENCE,
  );

  test(
    'ns shell: its prompt names the namespace, and it has job control',
    async () => {
      const { status, stdout } = await world.typing(
        ['shell', '-n', 'w.ns'],
        [
          [/\(w\.ns\) [$#] /, 'sh -c "echo job $((6 * 7)); exec sleep 99"\r'],
          [/job 42\r\n/, '\x1a'],
          [/Stopped[^]*\(w\.ns\) [$#] /, 'fg\r'],
          [/fg\r\n[^]*sleep 99"?\r\n/, '\x03'],
          [/\(w\.ns\) [$#] /, 'ls /n; exit 6\r'],
        ],
      );
      expect(stdout).toMatch(/\nram\r\n/);
      expect(status).toBe(6);
    },
    PATIENCE,
  );

  test(
    'SIGKILL of the command, of the gateway, or of what carries the program ends all of it',
    async () => {
      const childOf = (pid: number): number =>
        Number(read(`/proc/${pid}/task/${pid}/children`).split(' ')[0]);
      const ends: readonly ((pid: number) => number)[] = [
        (pid) => pid,
        childOf,
        (pid) => childOf(childOf(pid)),
      ];
      for (const who of ends) {
        const script = 'setsid sleep 97 & echo up; while :; do ls /net/data >/dev/null 2>&1 || exit 1; done';
        const running = world.start(['exec', '-n', 'w.ns', '--', 'sh', '-c', script]);
        await running.until(({ stdout }) => stdout.includes('up'));
        process.kill(who(running.child.pid!), 'SIGKILL');
        expect((await running.ended).status).not.toBe(0);
        await world.quiet();
      }
    },
    PATIENCE,
  );

  test(
    '20 in a row leave no mount, no process and no file',
    async () => {
      const files = (): readonly string[] =>
        readdirSync(world.directory, { recursive: true, encoding: 'utf8' }).toSorted();
      await world.exec('w.ns', '--', 'true');
      const [mounts, before] = [ownMounts(world), files()];
      for (let i = 0; i < 20; i++) {
        const { status } = await world.exec('w.ns', '--', 'sh', '-c', 'setsid sleep 96 & exit 0');
        expect(status).toBe(0);
      }
      await world.quiet();
      expect(ownMounts(world)).toEqual(mounts);
      expect(files()).toEqual(before);
    },
    PATIENCE,
  );

  test(
    'a machine that forbids user namespaces: what to do',
    async () => {
      if (world.uid === 0) return;
      const script = `echo 0 >/proc/sys/user/max_user_namespaces; exec setpriv --inh-caps=-all --ambient-caps=-all ${
      process.execPath} ${world.line().at(-1)} exec -n w.ns -- true`; // prettier-ignore
      const [command, ...as] = world.line().slice(0, -2);
      const inside = ['unshare', '--user', '--map-current-user', '--keep-caps', 'sh', '-c', script];
      const [first, ...rest] = command === undefined ? inside : [command, ...as, ...inside];
      const { status, stderr } = await world.run(first, rest).ended;
      expect(status).toBe(1);
      expect(stderr).toMatch(
        /^ns: cannot make a world of its own: unshare: .*; this machine forbids it \(user\.max_user_namespaces is 0\); as root: sysctl -w user\.max_user_namespaces=\d+\n$/,
      );
    },
    PATIENCE,
  );
});

/** What is mounted on this machine in a world's directory. */
function ownMounts({ directory }: World): readonly string[] {
  mkdirSync(directory, { recursive: true });
  return read('/proc/self/mountinfo')
    .split('\n')
    .filter((line) => line.includes(directory));
}

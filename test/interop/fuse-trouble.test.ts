/** Servers that say nothing, go away, or have little: nobody waits longer than he wants to, nothing sits in the kernel. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { Held, lackForMounts, mountFuse, mountTmpfs, type Mount } from './fuse/mounts.ts';
import { startServe, type ServerProcess } from './fuse/servers.ts';
import { ok, sh } from './fuse/shell.ts';

/** Milliseconds: the `timeout=` of the mounts, and how much later is still in time. */
const TIMEOUT = 1500;
const LEEWAY = 2500;

/** Of the tree that is walked through with few fids; a hundred thousand in the long form. */
const FILES = Number(process.env['NINES_FUSE_FILES'] ?? 20_000);

const lacking = lackForMounts();
if (lacking !== undefined) process.stderr.write(`trouble behind mounts: skipped, ${lacking}\n`);

(lacking === undefined ? describe : describe.skip)('trouble behind a mount', () => {
  const held = new Held();
  /** Those that may be stopped: they go on before anybody waits for an end. */
  const servers: ServerProcess[] = [];
  afterEach(async () => {
    for (const { process } of servers.splice(0)) process.kill('SIGCONT');
    await held[Symbol.asyncDispose]();
  });

  const served = async (...options: readonly string[]) => {
    const tree = held.add(await mountTmpfs());
    await ok('echo text >f; mkdir d; echo more >d/g', { cwd: tree.path });
    const server = held.add(await startServe(`file:${tree.path}`, ...options));
    servers.push(server);
    return { tree, server };
  };

  /** On `$M`, the mount: its path is all that a shell needs, who would wait there himself. */
  const on = ({ path }: Mount) => ({ env: { M: path }, seconds: 20 });
  const untilBack = 'for i in $(seq 100); do cat $M/f 2>/dev/null && exit 0; sleep 0.1; done; exit 1';

  const calls = [
    'cat $M/f',
    'stat $M/d/g',
    'ls $M',
    'echo x >>$M/f',
    'touch $M/new',
    'rm $M/f',
    'cd $M/d',
    'mv $M/f $M/h',
    'df $M',
  ];

  test('soft: whatever is called ends in EIO within the timeout, later calls at once, until it is back', async () => {
    const { server } = await served();
    const mount = held.add(await mountFuse(server.url, `timeout=${TIMEOUT / 1000}`));
    await ok('cat $M/f $M/d/g', on(mount));
    server.process.kill('SIGSTOP');
    const done = await Promise.all(calls.map((call) => sh(`LC_ALL=C ${call}`, on(mount))));
    for (const [i, { code, output, took, stuck }] of done.entries()) {
      expect({ call: calls[i], failed: code !== 0 && code !== null, stuck }).toEqual({
        call: calls[i],
        failed: true,
        stuck: false,
      });
      expect(output).toMatch(/Input\/output error|can't cd|cannot create|I\/O error/);
      expect(took).toBeLessThan(TIMEOUT + LEEWAY);
    }
    const later = await sh('cat $M/d/g', on(mount));
    expect(later).toMatchObject({ code: 1, stuck: false, late: false });
    expect(later.took).toBeLessThan(1000);
    server.process.kill('SIGCONT');
    await ok(untilBack.replace('$M/f', '$M/d/g'), on(mount));
  }, 60_000);

  test.each(['INT', 'KILL'])(
    'hard: a cat waits, and dies of SIG%s',
    async (signal) => {
      const { server } = await served();
      const mount = held.add(await mountFuse(server.url, `hard,timeout=${TIMEOUT / 1000}`));
      await ok('cat $M/f', on(mount));
      server.process.kill('SIGSTOP');
      const waits = TIMEOUT + 1500;
      const { stuck, took } = await sh(`timeout -s ${signal} -k 10 ${waits / 1000} cat $M/f`, on(mount));
      expect(stuck).toBe(false);
      expect(took).toBeGreaterThan(waits - 100);
      expect(took).toBeLessThan(waits + LEEWAY);
    },
    60_000,
  );

  test('hard: a cat that waits goes on when the server does', async () => {
    const { server } = await served();
    const mount = held.add(await mountFuse(server.url, `hard,timeout=1`));
    await ok('cat $M/f', on(mount));
    server.process.kill('SIGSTOP');
    setTimeout(() => server.process.kill('SIGCONT'), 3000);
    expect(await ok('cat $M/f $M/d/g', on(mount))).toBe('text\nmore\n');
  }, 60_000);

  test.each(['soft', 'hard'])(
    '%s: a writer with unsaved data and a stopped server: close ends',
    async (how) => {
      const { server } = await served();
      const mount = held.add(await mountFuse(server.url, `${how},timeout=${TIMEOUT / 1000}`));
      const running = sh(
        `exec 3>>$M/f; echo begun; sleep 1; (echo line >&3) & sleep 1; exec 3>&-; kill -KILL $! || true; wait`,
        on(mount),
      );
      setTimeout(() => server.process.kill('SIGSTOP'), 500);
      const done = await running;
      expect(done).toMatchObject({ stuck: false, late: false });
      expect(done.took).toBeLessThan(2 * TIMEOUT + LEEWAY + 2000);
    },
    60_000,
  );

  test('a server that is killed and comes back at the same place', async () => {
    const tree = held.add(await mountTmpfs());
    await ok('echo text >f', { cwd: tree.path });
    const first = await startServe(`file:${tree.path}`);
    const port = new URL(first.url).port;
    const mount = held.add(await mountFuse(first.url, `timeout=${TIMEOUT / 1000}`));
    await ok('cat $M/f', on(mount));
    first.process.kill('SIGKILL');
    const gone = await sh('cat $M/f', on(mount));
    expect(gone.code).not.toBe(0);
    expect(gone.took).toBeLessThan(TIMEOUT + LEEWAY);
    held.add(await startServe(`file:${tree.path}`, '-l', `tcp://127.0.0.1:${port}`));
    await ok(untilBack, on(mount));
    await first[Symbol.asyncDispose]();
  }, 60_000);

  test(`find over ${FILES} files, with a server that has 1,000 fids`, async () => {
    const tree = held.add(await mountTmpfs());
    await ok(
      `for d in $(seq ${FILES / 1000}); do mkdir $d; cd $d; for e in $(seq 10); do mkdir $e; cd $e; eval "touch \\$(seq -s ' ' 100)"; cd ..; done; cd ..; done`,
      { cwd: tree.path, seconds: 120 },
    );
    const server = held.add(await startServe(`file:${tree.path}`, '--fids', '1000'));
    const mount = held.add(await mountFuse(server.url));
    const count = await ok('find . -type f -size 0 | wc -l; find . -newermt 2000-01-01 -type f | wc -l', {
      cwd: mount.path,
      seconds: 280,
    });
    expect(count).toBe(`${FILES}\n${FILES}\n`);
    await ok('cat 1/1/1 2/10/100; echo x >1/1/1; test "$(cat 1/1/1)" = x', { cwd: mount.path });
  }, 300_000);

  test('an export that is ended by a signal leaves no mount, one that is killed leaves one that answers', async () => {
    const tree = held.add(await mountTmpfs());
    const mount = held.add(await mountFuse(`file:${tree.path}`));
    await ok('touch $M/f', on(mount));
    mount.process!.kill('SIGKILL');
    const dead = await sh('LC_ALL=C ls $M', on(mount));
    expect(dead).toMatchObject({ stuck: false, late: false });
    expect(dead.output).toMatch(/not connected|abort/i);
  });
});

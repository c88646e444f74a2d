/** ns export, ns unexport and ns exports, as a user has them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mountsIn, recordsIn, whyNoFuse } from './mounts.ts';
import { testUnless } from '../host/support.ts';
import { World, failure, program, type Running } from './world.ts';

const lacking = whyNoFuse();
if (lacking !== undefined) process.stderr.write(`export: skipped, ${lacking}\n`);

let world: World;
let source: string;
beforeEach(() => {
  world = new World();
  world.file('source/song.txt', 'la la la\n');
  source = `file:${world.path('source')}`;
});
afterEach(() => world[Symbol.asyncDispose]());

function place(name = 'm'): string {
  const path = world.path(name);
  mkdirSync(path, { recursive: true });
  return path;
}

/** Nothing is mounted, and nothing is on record. */
function expectNothing(): void {
  expect(mountsIn(world.directory)).toEqual([]);
  expect(recordsIn(world.runtime)).toEqual([]);
}

/** An export in the foreground, ready. */
async function exporting(...args: readonly string[]): Promise<Running> {
  const running = world.start(['export', 'fuse', ...args]);
  await running.until(({ stdout }) => stdout.includes('\n'));
  return running;
}

(lacking === undefined ? describe : describe.skip)('ns export fuse', () => {
  test('in the foreground, until a signal', async () => {
    const m = place();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      const running = await exporting('source', 'm', '-o', 'cache=none');
      // A host path needs ./, or is taken for one all the same.
      expect(running.stdout).toBe(`mounted ${source} on ${m} (fuse.nines)\n`);
      expect(readdirSync(m)).toEqual(['song.txt']);
      expect(readFileSync(join(m, 'song.txt'), 'utf8')).toBe('la la la\n');
      expect(mountsIn(world.directory)).toMatchObject([{ mountpoint: m, type: 'fuse.nines', source }]);
      // As timeout(1) and npx do: twice, and meant once.
      running.child.kill(signal);
      expect(await running.stop(signal)).toMatchObject({ status: 0, stderr: '' });
      expectNothing();
    }
  });

  test('or until somebody unmounts it, which it says', async () => {
    const m = place();
    const running = await exporting(source, m);
    expect(await world.run('umount', [m]).ended).toMatchObject({ status: 0 });
    expect(await running.ended).toMatchObject({ status: 0, stderr: `${m} was unmounted\n` });
    expectNothing();
  });

  test('in the background, listed, and taken back', async () => {
    const [m, n] = [place('m'), place('n n')];
    expect(await world.out('export', 'fuse', '-b', source, m)).toBe(
      `mounted ${source} on ${m} (fuse.nines)\n`,
    );
    expect(await world.out('export', 'fuse', '-b', '-o', 'ro,uid=7', '-o', 'gid=8,umask=77', 'ram:', n)).toBe(
      `mounted ram: on ${n} (fuse.nines)\n`,
    );
    expect(
      (await world.out('exports')).split('\n').map((line) => line.replace(/pid \d+/, 'pid N').split(/ {2,}/)),
    ).toEqual([[m, 'fuse', 'mounted', 'pid N', source], [n, 'fuse', 'mounted', 'pid N', 'ram:'], ['']]);
    const [first] = JSON.parse(await world.out('exports', '--json')) as readonly object[];
    expect(first).toEqual({
      mountpoint: m,
      kind: 'fuse',
      state: 'mounted',
      pid: expect.any(Number),
      source,
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    expect((await world.shell(`stat -c '%u %g %a' '${n}'; touch '${n}/x'`)).stdout).toMatch(/^7 8 700\n$/);
    await world.out('unexport', m);
    expect(mountsIn(world.directory)).toHaveLength(1);
    await world.out('unexport', '--all');
    expectNothing();
    expect(await world.out('exports')).toBe('');
    expect(await world.out('exports', '--json')).toBe('[]\n');
    expect(await world.out('unexport', '--all')).toBe('');
  });

  test('a path of the namespace, and files alone', async () => {
    const m = place();
    await world.out('mount', source, '/n/music');
    expect(await world.out('export', 'fuse', '-b', '/n', m)).toBe(`mounted main:/n on ${m} (fuse.nines)\n`);
    expect(readFileSync(join(m, 'music/song.txt'), 'utf8')).toBe('la la la\n');
    const song = world.file('song');
    await world.out('export', 'fuse', '-b', '/n/music/song.txt', song);
    expect(readFileSync(song, 'utf8')).toBe('la la la\n');
    writeFileSync(song, 'di da\n');
    expect(world.read('source/song.txt')).toBe('di da\n');
    await world.out('unexport', '--all');
    expectNothing();
  });

  test('names with blanks, commas, backslashes, newlines and more', async () => {
    const m = place(' a,b\\c\nd=é\t"\'');
    const odd = world.path('of, \\x\nü');
    mkdirSync(odd);
    writeFileSync(join(odd, 'x'), 'x');
    await world.out('export', 'fuse', '-b', odd.replace(world.directory, '.'), m);
    expect(readdirSync(m)).toEqual(['x']);
    await world.out('unexport', m);
    symlinkSync(m, world.path('link'));
    await world.out('export', 'fuse', '-b', odd.replace(world.directory, '.'), 'link');
    expect(readdirSync(m)).toEqual(['x']);
    await world.out('unexport', 'link');
    expectNothing();
  });

  test('a line of a namespace file', async () => {
    const m = place();
    world.file('world.ns', `mount -c ram: /n/r\nbind -c /n/r /tmp\nexport fuse /n ${m}\n`);
    const serving = await world.serve('world.ns');
    writeFileSync(join(m, 'r/x'), 'x\n');
    expect(await world.out('cat', `${serving.addresses[0]}/tmp/x`)).toBe('x\n');
    expect(await serving.stop()).toMatchObject({ status: 0 });
    expectNothing();
    world.file('inside.ns', `mount file:${world.directory} /n/r\nexport fuse /n ${m}\n`);
    expect(await world.fail('serve', 'inside.ns')).toMatchObject({
      status: 1,
      line: expect.stringContaining('the server would wait for itself'),
    });
    expectNothing();
  });

  test('of two at the same place at the same time one wins', async () => {
    const m = place();
    const results = await Promise.all([1, 2, 3, 4].map(() => world.ns('export', 'fuse', '-b', source, m)));
    const lost = results.filter(({ status }) => status !== 0);
    expect(lost.map(({ stderr }) => stderr.replace(/\d+(?=;)/, 'N'))).toEqual(
      [1, 2, 3].map(
        () => `ns: ${m} has an export already: ${source}, by process N; ns unexport takes it away\n`,
      ),
    );
    expect(mountsIn(world.directory)).toHaveLength(1);
    await world.out('unexport', m);
    expectNothing();
  });

  test('somebody in it does not keep it', async () => {
    const m = place();
    await world.out('export', 'fuse', '-b', source, m);
    const holder = world.run('sh', ['-c', `exec <song.txt; echo; exec sleep 30`], { cwd: m });
    await holder.until(({ stdout }) => stdout !== '');
    await world.out('unexport', m);
    expectNothing();
    await holder.stop('SIGKILL');
  });

  test('a process that was stopped does not keep it either', async () => {
    const m = place();
    const running = await exporting(source, m);
    running.child.kill('SIGSTOP');
    await world.out('unexport', m);
    expect(await running.ended).toMatchObject({ status: 'SIGKILL' });
    expectNothing();
  });

  describe('after kill -9', () => {
    test('--stale clears what is ours and dead, and nothing else', async () => {
      const [m, n] = [place('m'), place('n')];
      const killed = await exporting(source, m);
      await world.out('export', 'fuse', '-b', 'ram:', n);
      await killed.stop('SIGKILL');
      expect(await world.out('exports')).toMatch(new RegExp(`^${m}  fuse  dead +pid `));
      await world.out('unexport', '--stale');
      expect(mountsIn(world.directory)).toMatchObject([{ mountpoint: n }]);
      expect(recordsIn(world.runtime)).toHaveLength(1);
    });

    test('the dead mount of somebody else stays', async () => {
      const m = place();
      const killed = await exporting(source, m);
      await killed.stop('SIGKILL');
      for (const name of recordsIn(world.runtime)) rmSync(join(world.runtime, 'nines/exports', name));
      expect((await world.fail('export', 'fuse', source, m)).line).toBe(
        `ns: cannot mount on ${m}: ${source} (fuse.nines) is mounted there already; choose another, or take it away first (umount ${m})`,
      );
      expect((await world.fail('unexport', m)).line).toBe(
        `ns: nothing of this user is exported at ${m}; ns exports lists what is`,
      );
    });

    const seed = Number(process.env['NINES_SEED'] ?? Date.now() % 1_000_000);
    const rounds = Number(process.env['NINES_ROUNDS'] ?? 20);

    test(
      `one command mounts again, ${rounds} rounds, seed ${seed}`,
      async () => {
        process.stderr.write(`export: ${rounds} rounds of kill -9, seed ${seed}\n`);
        const m = place();
        const random = generator(seed);
        for (let round = 0; round < rounds; round++) {
          const holder = await killSomewhen(m, round % 4, random());
          try {
            await world.out('export', 'fuse', '-b', source, m);
            expect(readFileSync(join(m, 'song.txt'), 'utf8')).toBe('la la la\n');
            expect(mountsIn(world.directory)).toHaveLength(1);
            expect(recordsIn(world.runtime)).toHaveLength(1);
            await world.out('unexport', m);
            expectNothing();
          } catch (error) {
            throw new Error(`round ${round}, seed ${seed}`, { cause: error });
          } finally {
            await holder?.stop('SIGKILL');
          }
        }
      },
      20_000 + rounds * 3000,
    );
  });
});

/** Milliseconds that a start takes here, about. */
const START = 300;

/**
 * A kill before, while or right after it is mounted, or when it is: with an open file in it, or with somebody there.
 */
async function killSomewhen(m: string, how: number, random: number): Promise<Running | undefined> {
  const running = world.start(['export', 'fuse', source, m]);
  if (how < 2) {
    await new Promise((resolve) => setTimeout(resolve, random * START));
    await running.stop('SIGKILL');
    return undefined;
  }
  await running.until(({ stdout }) => stdout.includes('\n'));
  const script = how === 2 ? `exec 5<'${m}/song.txt'; echo; exec sleep 30` : `cd '${m}'; echo; exec sleep 30`;
  const holder = world.run('sh', ['-c', script]);
  await holder.until(({ stdout }) => stdout !== '');
  await running.stop('SIGKILL');
  return holder;
}

/** Numbers from 0 to 1 (a linear congruential generator of Numerical Recipes). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

/** The user whom everybody may be. */
const NOBODY = 65_534;

/** Why no other user can be tried here; undefined where one can. */
function whyNoOther(): string | undefined {
  if (lacking !== undefined) return lacking;
  const { status } = spawnSync('setpriv', [...AS_NOBODY, process.execPath, program, 'version']);
  return status === 0 ? undefined : `user ${NOBODY} cannot run ${program}`;
}

const AS_NOBODY = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'];

describe('an ordinary user', () => {
  let home: string;
  beforeEach(() => {
    chmodSync(world.directory, 0o755);
    for (const name of ['home', 'home/runtime', 'home/m']) mkdirSync(world.path(name), { mode: 0o700 });
    execFileSync('chown', ['-R', `${NOBODY}`, world.path('home')]);
    home = world.path('home');
  });

  /** A script of that user's, in which `ns` is a function. */
  async function asNobody(script: string, ...wrapper: readonly string[]): Promise<string> {
    const ns = `set -e; ns() { '${process.execPath}' '${program}' "$@"; }; cd '${home}'\n`;
    const args = [...AS_NOBODY, ...wrapper, 'bash', '--norc', '-c', ns + script];
    const env = { XDG_RUNTIME_DIR: join(home, 'runtime'), XDG_CONFIG_HOME: join(home, 'config') };
    const { status, stdout, stderr } = await world.run('setpriv', args, { env }).ended;
    if (status !== 0) throw new Error(`${status}: ${stderr}`);
    return stdout + stderr;
  }

  const noHelper = spawnSync('fusermount3', ['--version']).status === 0 ? undefined : 'needs fusermount3';
  testUnless(whyNoOther() ?? noHelper, 'through fusermount3', async () => {
    const m = join(home, 'm');
    expect(
      await asNobody(`ns export fuse -b ../source m; cat m/song.txt; ns exports | grep -c mounted`),
    ).toBe(`mounted ${source} on ${m} (fuse.nines)\nla la la\n1\n`);
    expect(mountsIn(home)).toMatchObject([{ mountpoint: m, type: 'fuse.nines', source }]);
    await asNobody('ns unexport m');
    expect(mountsIn(home)).toEqual([]);
    const killed = `kill -9 $(ns exports --json | sed -n 's/.*"pid":\\([0-9]*\\).*/\\1/p')`;
    await asNobody(
      `ns export fuse -b ../source m; ${killed}; ns export fuse -b ../source m; cat m/song.txt; ns unexport m`,
    );
    await asNobody(`ns export fuse -b ../source m; ${killed}; ns unexport --stale`);
    expect(mountsIn(home)).toEqual([]);
    expect(recordsIn(join(home, 'runtime'))).toEqual([]);
  });

  testUnless(whyNoOther() ?? noHelper, 'is told what is not allowed', async () => {
    const refused = (script: string) => asNobody(`! ${script}`);
    if (!/^\s*user_allow_other/m.test(readFileSync('/etc/fuse.conf', 'utf8'))) {
      expect(await refused('ns export fuse -o allow_other ../source m')).toContain(
        'have root add it, or leave allow_other out',
      );
    }
    expect(await refused(`ns export fuse ../source '${place('of root')}'`)).toMatch(
      /choose a directory of your own/,
    );
    expect(await refused('ns export v9fs ../source m')).toContain(
      "only root may mount with the kernel's client of 9P",
    );
  });

  testUnless(whyNoOther(), 'as root of a user namespace', async () => {
    const m = join(home, 'm');
    const script = 'ns export fuse -b ../source m; cat m/song.txt; ns exports | grep -c mounted';
    const unshare = ['unshare', '--user', '--map-root-user', '--mount'];
    expect(await asNobody(`${script}; ns unexport m; ns exports`, ...unshare)).toBe(
      `mounted ${source} on ${m} (fuse.nines)\nla la la\n1\n`,
    );
    expect(recordsIn(join(home, 'runtime'))).toEqual([]);
    // What was mounted there goes with the namespace, and its record when somebody asks.
    const kill = `kill -9 $(ns exports --json | sed -n 's/.*"pid":\\([0-9]*\\).*/\\1/p')`;
    await asNobody(`${script}; ${kill}`, ...unshare);
    expect(await asNobody('ns exports')).toContain('fuse  elsewhere');
    await asNobody('ns unexport --stale');
    expect(recordsIn(join(home, 'runtime'))).toEqual([]);
  });
});

describe('one clear line', () => {
  const wrong: readonly (readonly [readonly string[], string])[] = [
    [['export', 'nbd', 'ram:', 'm'], 'KIND nbd: one of fuse, v9fs was expected'],
    [['export', 'fuse', '', 'm'], "SOURCE '': an address or a path was expected"],
    [['export', 'fuse', 'ram:', ''], "MOUNTPOINT '': a directory was expected"],
    [
      ['export', 'fuse', '-o', 'ro,rw', 'ram:', 'm'],
      '-o rw: fuse has no such option; it has ro, allow_other, uid=N, gid=N, umask=OCTAL, cache=none|auto|loose, soft, hard, timeout=SECONDS, debug, backend=fuse|fuse-native',
    ],
    [
      ['export', 'v9fs', '-o', 'uid=1', 'ram:', 'm'],
      '-o uid: v9fs has no such option; it has ro, allow_other, cache=none|mmap|loose, soft, hard, timeout=SECONDS',
    ],
    [['export', 'fuse', '-o', 'ro=1', 'ram:', 'm'], '-o ro=1: ro was expected'],
    [['export', 'fuse', '-o', 'uid', 'ram:', 'm'], '-o uid: uid=N was expected'],
    [
      ['export', 'fuse', '-o', 'uid=x', 'ram:', 'm'],
      '-o uid x: a whole number from 0 to 4294967294 was expected',
    ],
    [
      ['export', 'fuse', '-o', 'umask=9', 'ram:', 'm'],
      '-o umask 9: up to three octal digits were expected, as in 600',
    ],
    [['export', 'fuse', '-o', 'cache=much', 'ram:', 'm'], '-o cache=much: fuse has none, auto, loose'],
    [
      ['export', 'fuse', '-o', 'timeout=0', 'ram:', 'm'],
      '-o timeout=0: seconds were expected, as in 15 or 0.5, 2147483 at most',
    ],
    [['export', 'fuse', '-o', 'soft,hard', 'ram:', 'm'], '-o soft and hard are opposites: use one of them'],
    [['unexport'], 'one of MOUNTPOINT, --all and --stale was expected'],
    [['unexport', '--all', '--stale'], 'one of MOUNTPOINT, --all and --stale was expected'],
  ];
  test('for wrong usage', async () => {
    const told = await Promise.all(wrong.map(([args]) => world.fail(...args)));
    expect(told).toEqual(wrong.map(([, line]) => ({ status: 2, line: `ns: ${line}` })));
  });

  test('for places where nothing can be mounted', async () => {
    const [m, full] = [place(), place('full')];
    const file = world.file('full/file', 'x');
    const empty = world.file('empty');
    const cannot = (at: string, why: string) => ({ status: 1, line: `ns: cannot mount on ${at}: ${why}` });
    const into = (at: string) => world.fail('export', 'fuse', source, at);
    expect(await into('none/x')).toEqual(cannot('none/x', 'it does not exist; make it first (mkdir)'));
    expect(await into('none')).toEqual(cannot('none', 'it does not exist; make it first (mkdir)'));
    expect(await into('full')).toEqual(
      cannot(full, 'the directory is not empty, and what is in it would be hidden; choose an empty one'),
    );
    expect(await into('empty')).toEqual(
      cannot(empty, 'it is a file, and what is exported is a directory; choose a directory'),
    );
    expect(await into('full/file/x')).toEqual(
      cannot('full/file/x', 'something on this path is a file; choose another'),
    );
    expect((await into('/proc')).line).toMatch(
      /^ns: cannot mount on \/proc: \w+ \(proc\) is mounted there already; /,
    );
    await world.out('mount', source, '/n/x');
    expect(await world.fail('export', 'fuse', '/n/x/song.txt', m)).toEqual(
      cannot(m, 'it is a directory, and what is exported is a file; make a file there (touch)'),
    );
    expect(await world.fail('export', 'fuse', '/n/x/song.txt', file)).toEqual(
      cannot(file, 'the file is not empty, and what is in it would be hidden; choose an empty one'),
    );
    expectNothing();
  });

  test('for a place within what is exported', async () => {
    const m = place();
    const why = `it is in ${world.directory}, which is served there: the server would wait for itself; choose a directory outside of it`;
    const expected = { status: 1, line: `ns: cannot mount on ${m}: ${why}` };
    expect(await world.fail('export', 'fuse', '.', m)).toEqual(expected);
    expect(await world.fail('export', 'fuse', '-b', '.', m)).toEqual(expected);
    await world.out('mount', `file:${world.directory}`, '/n/all');
    expect(await world.fail('export', 'fuse', '/n', m)).toEqual(expected);
    expectNothing();
  });

  test('for what cannot be reached', async () => {
    const m = place();
    expect(await world.fail('export', 'fuse', 'none', m)).toEqual({
      status: 1,
      line: `ns: cannot export file:${world.path('none')}: no such directory; make it first, or name another one`,
    });
    expect((await world.fail('export', 'fuse', world.path('source'), m)).line).toBe(
      `ns: cannot export main:${world.path('source')}: the namespace has no such file; '${source}' is the directory of this machine`,
    );
    expect((await world.fail('export', 'fuse', '/none', m)).line).toMatch(
      /^ns: cannot export main:\/none: no such file or directory/,
    );
    expect((await world.fail('export', 'fuse', '-b', 'unix:///none', m)).line).toContain(
      'there is no such socket',
    );
    expectNothing();
  });

  test('for v9fs where the kernel has none, or whoever asks is not root', async () => {
    const m = place();
    if (/\t9p$/m.test(readFileSync('/proc/filesystems', 'utf8'))) {
      process.stderr.write('skipped: v9fs is refused: this kernel has it\n');
      return;
    }
    const { status, line } = failure(await world.ns('export', 'v9fs', source, m));
    expect(status).toBe(1);
    expect(line).toBe(
      process.geteuid?.() === 0
        ? `ns: cannot mount on ${m}: this kernel has no client of 9P (ns doctor says more); ns export fuse does without`
        : `ns: cannot mount on ${m}: only root may mount with the kernel's client of 9P; ns export fuse needs no root`,
    );
    expectNothing();
  });
});

/** What the process of a namespace is made of: names, files, commands, news, idleness. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { homeOf, homes, isName, makeHome } from '../../src/daemon/home.ts';
import { Idle, readDuration } from '../../src/daemon/idle.ts';
import { Memory } from '../../src/daemon/memory.ts';
import { News } from '../../src/daemon/news.ts';
import { DONE, failed, readOutcome } from '../../src/daemon/outcome.ts';
import { formatStatus, readStatus, type Status } from '../../src/daemon/status.ts';
import { FileError } from '../../src/file/index.ts';
import { MAFTER, MCREATE } from '../../src/namespaces/flags.ts';

const runtime = mkdtempSync(join(tmpdir(), 'nines-daemon-'));
const before = process.env['XDG_RUNTIME_DIR'];
beforeAll(() => {
  process.env['XDG_RUNTIME_DIR'] = runtime;
});
afterAll(() => {
  if (before === undefined) delete process.env['XDG_RUNTIME_DIR'];
  else process.env['XDG_RUNTIME_DIR'] = before;
  rmSync(runtime, { recursive: true });
});

test('a name may hold what quotes are for, and newlines', () => {
  const mount = { verb: 'mount', flags: 0, state: 'up', failure: undefined } as const;
  const status: Status = {
    name: 'main',
    pid: 1,
    since: new Date(0),
    idle: 'never',
    lost: 0,
    mounts: ["/n/a\nb c'd", '#', '/n/$x', '/n/back\\'].map((old) => ({ ...mount, from: 'ram:', old })),
  };
  expect(readStatus(formatStatus(status))).toEqual(status);
});

describe('names', () => {
  test.each(['main', 'a', 'A.b-c_9', '_', 'x'.repeat(32)])('%s is one', (name) => {
    expect(isName(name)).toBe(true);
  });

  test.each(['', '.', '..', '.x', '-x', 'a/b', 'a b', 'a\n', 'ä', 'x'.repeat(33)])('%j is none', (name) => {
    expect(isName(name)).toBe(false);
    expect(() => homeOf(name)).toThrow(/is no name for a namespace/);
  });

  test('those that there are, each in a directory of its own that nobody else can enter', () => {
    expect(homes()).toEqual([]);
    for (const name of ['two', 'one']) makeHome(homeOf(name));
    expect(homes().map(({ name }) => name)).toEqual(['one', 'two']);
    expect(statSync(homeOf('one').directory).mode & 0o777).toBe(0o700);
  });
});

describe('what is kept', () => {
  const fresh = (name: string) => {
    const home = homeOf(name);
    makeHome(home);
    return home;
  };

  test('the first process has nothing to tell', () => {
    const home = fresh('first');
    const memory = new Memory(home);
    expect([memory.crashed, memory.last]).toEqual([false, '']);
    expect(readFileSync(home.pid, 'utf8')).toBe(`${process.pid}\n`);
    memory.keep('mount ram: /n/x\n');
    expect(readFileSync(home.script, 'utf8')).toBe('mount ram: /n/x\n');
    expect(statSync(home.script).mode & 0o777).toBe(0o600);
  });

  test('a process that was killed leaves its script, until that is restored or replaced', () => {
    const home = fresh('killed');
    new Memory(home).keep('bind /a /b\n');
    const second = new Memory(home);
    expect([second.crashed, second.last]).toEqual([true, 'bind /a /b\n']);
    expect(existsSync(home.script)).toBe(false);
    // An empty one does not replace it, and says nothing more.
    const third = new Memory(home);
    expect([third.crashed, third.last]).toEqual([false, 'bind /a /b\n']);
    third.keep('bind /c /d\n');
    const fourth = new Memory(home);
    expect([fourth.crashed, fourth.last]).toEqual([true, 'bind /c /d\n']);
    fourth.last = 'bind /e /f\n';
    expect(fourth.last).toBe('bind /e /f\n');
    fourth.last = '\n';
    expect([fourth.last, existsSync(home.last)]).toEqual(['', false]);
  });

  test('after a wanted end nobody is told', () => {
    const home = fresh('wanted');
    const memory = new Memory(home);
    memory.keep('bind /a /b\n');
    memory.endWanted();
    const next = new Memory(home);
    expect([next.crashed, next.last]).toEqual([false, 'bind /a /b\n']);
  });

  test('a script that was being written when the process ended is not there, the old one is', () => {
    const home = fresh('torn');
    new Memory(home).keep('bind /a /b\n');
    writeFileSync(`${home.script}.new`, 'bind /to');
    expect(new Memory(home).last).toBe('bind /a /b\n');
  });
});

describe('status', () => {
  test('is read as it was written', () => {
    const status: Status = {
      name: 'main',
      pid: 12,
      since: new Date('2026-11-20T10:00:00.000Z'),
      idle: '30m',
      lost: 2,
      mounts: [
        {
          verb: 'mount',
          from: 'ram:',
          old: '/n/a b',
          flags: MAFTER | MCREATE,
          state: 'up',
          failure: undefined,
        },
        { verb: 'bind', from: "/it's", old: '/x', flags: 0, state: 'up', failure: undefined },
        {
          verb: 'mount',
          from: 'tcp://h:564',
          old: '/n/h',
          flags: 0,
          state: 'lost',
          failure: 'gone for\n good',
        },
      ],
    };
    const text = formatStatus(status);
    expect(text).toBe(
      `kind namespace
name main
pid 12
since 2026-11-20T10:00:00.000Z
idle 30m
lost 2
mounts 3
mount -ac ram: '/n/a b' up
bind '/it''s' /x up
mount tcp://h:564 /n/h lost 'gone for good'
`,
    );
    const { mounts, ...rest } = readStatus(text);
    expect(rest).toEqual({ ...status, mounts: undefined });
    expect(mounts).toEqual([...status.mounts.slice(0, 2), { ...status.mounts[2], failure: 'gone for good' }]);
  });
});

describe('outcomes', () => {
  test('nothing went wrong', () => {
    expect(readOutcome(DONE)).toBeUndefined();
  });

  test('an error keeps its code and all of its words', () => {
    const words = 'long '.repeat(100);
    const text = failed(new FileError('ENOENT', `${words}\nand two lines`));
    expect(text.split('\n')).toHaveLength(2);
    expect(() => readOutcome(text)).toThrow(
      expect.objectContaining({ code: 'ENOENT', message: `${words}and two lines` }),
    );
  });

  test('the words of Node are made those of people', () => {
    const error = new Error("cannot mount file:/x on /n: ENOENT: no such file or directory, open '/x'");
    expect(failed(error)).toBe('failed EIO cannot mount file:/x on /n: no such file or directory\n');
  });

  test('anything else is an error too', () => {
    expect(() => readOutcome('')).toThrow(expect.objectContaining({ code: 'EIO' }));
  });
});

describe('idleness', () => {
  test.each([
    ['1s', 1000],
    ['15m', 900_000],
    ['2h', 7_200_000],
    ['24d', 2_073_600_000],
    ['never', undefined],
  ])('%s', (text, time) => {
    expect(readDuration(text)).toBe(time);
  });

  test.each(['', '0s', '5', '1w', '-1s', '25d', '1 m', '1.5h', 'Never'])('%j is no time', (text) => {
    expect(() => readDuration(text)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  test('counts from when the last one has gone', async () => {
    let ended = 0;
    const idle = new Idle();
    idle.ended = () => void ended++;
    const [one, two] = [idle.enter(), idle.enter()];
    idle.set('1s');
    one();
    await delay(1100);
    expect(ended).toBe(0);
    two();
    const three = idle.enter();
    await delay(1100);
    expect(ended).toBe(0);
    three();
    await delay(1300);
    expect(ended).toBe(1);
  });
});

describe('news', () => {
  test('everybody hears all of it, from when they begin to listen', async () => {
    const news = new News();
    const end = new AbortController();
    const early = news.read(end.signal)[Symbol.asyncIterator]();
    const first = early.next();
    news.say('one');
    const late = news.read(end.signal)[Symbol.asyncIterator]();
    news.say('two');
    expect(await first).toEqual({ done: false, value: 'one\ntwo\n' });
    expect(await late.next()).toEqual({ done: false, value: 'two\n' });
    const waiting = early.next();
    end.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  test('who is slow loses the oldest, and is told how many', async () => {
    const news = new News();
    const reader = news.read(new AbortController().signal)[Symbol.asyncIterator]();
    for (let i = 0; i < 300; i++) news.say(`${i}`);
    const { value } = (await reader.next()) as { value: string };
    const lines = value.split('\n');
    expect(lines.slice(0, 2)).toEqual(['lost 44', '44']);
    expect(lines.at(-2)).toBe('299');
  });
});

/** The control tree of a namespace, and the process's part of it, without a process of its own. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Control } from '../../src/daemon/control.ts';
import { Daemon } from '../../src/daemon/daemon.ts';
import { homeOf, makeHome, type Home } from '../../src/daemon/home.ts';
import { Fid, dial, dir, serve, text } from '../../src/index.ts';

let runtime: string;
let home: Home;
let daemon: Daemon;
let root: Fid;
const before = process.env['XDG_RUNTIME_DIR'];

beforeEach(async () => {
  runtime = mkdtempSync(join(tmpdir(), 'nines-control-'));
  process.env['XDG_RUNTIME_DIR'] = runtime;
  home = homeOf('test');
  makeHome(home);
  daemon = await Daemon.start(home);
  root = new Fid(await dial(`unix://${home.ctl}`));
});
afterEach(async () => {
  await root.close().catch(() => undefined);
  await daemon.stop('the test is over');
  if (before === undefined) delete process.env['XDG_RUNTIME_DIR'];
  else process.env['XDG_RUNTIME_DIR'] = before;
  rmSync(runtime, { recursive: true });
});

/** What `run` gives for a command. */
async function run(command: string): Promise<string> {
  await using fid = await root.walk('run');
  await fid.open('r+');
  await fid.write(command);
  return new TextDecoder().decode(await fid.read({ offset: 0 }));
}

const script = (): Promise<string> => root.readText('ctl');

describe('ctl', () => {
  test('takes commands of namespace files, and gives those that make the namespace again', async () => {
    await root.writeFile('ctl', "mount -c ram: /n/x\n# a comment\n\nbind /n/x '/n/a b'\n");
    expect(await script()).toBe("mount -c ram: /n/x\nbind /n/x '/n/a b'\n");
    expect(readFileSync(home.script, 'utf8')).toBe(await script());
    await root.writeFile('ctl', "unmount '/n/a b'\n");
    expect(await script()).toBe('mount -c ram: /n/x\n');
    await root.writeFile('ctl', 'clear');
    expect(await script()).toBe('');
    expect(readFileSync(home.script, 'utf8')).toBe('');
  });

  test.each([
    ['mont ram: /n', 'mont: no such verb; one of mount, bind, unmount, clear, idle, stop was expected'],
    ['mount -x ram: /n', 'mount: there is no flag -x; usage: mount [-abcC] URL OLD [ANAME]'],
    ['bind /n', 'bind: OLD is missing; usage: bind [-abcC] NEW OLD'],
    ['stop now', 'usage: stop'],
    ['idle', 'usage: idle TIME'],
    ['idle soon', 'soon: a time was expected, as in 30s, 15m, 2h (24d at most), or never'],
    ["mount 'ram: /n", "a quote is not closed: 'ram: /n"],
    ['cd /n', /^cd: this namespace is nobody’s alone/],
    ['allow ken rw /', /^allow: only a namespace that is served takes it/],
  ])('%s: the write fails, and nothing is done', async (line, message) => {
    // 9P2000 carries words, up to a bound; run carries all of them.
    await expect(root.writeFile('ctl', `mount ram: /n/x\n${line}\n`)).rejects.toMatchObject({
      code: 'EINVAL',
    });
    expect(await run(`mount ram: /n/x\n${line}\n`)).toMatch(/^failed EINVAL /);
    const [, words] = /^failed EINVAL (.*)\n$/.exec(await run(line))!;
    if (typeof message === 'string') expect(words).toBe(message);
    else expect(words).toMatch(message);
    expect(await script()).toBe('');
  });

  test('what fails while it is done leaves what was done before', async () => {
    const two = root.writeFile('ctl', 'mount ram: /n/x\nunmount /n/y\n');
    await expect(two).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await script()).toBe('mount ram: /n/x\n');
  });

  test('stop ends it, when the one who asked is done', async () => {
    await root.writeFile('ctl', 'stop\n');
    await daemon.ended;
    expect(readdirSync(home.directory)).toEqual([]);
  });
});

describe('run', () => {
  test('one result for each open, in full', async () => {
    expect(await run('mount ram: /n/x\n')).toBe('done\n');
    const long = `/${'x'.repeat(200)}`;
    expect(await run(`bind ${long} /tmp`)).toBe(
      `failed ENOENT cannot bind ${long} on /tmp: no such file or directory\n`,
    );
    await using one = await root.walk('run');
    await using two = await root.walk('run');
    await one.open('r+');
    await two.open('r+');
    await one.write('clear\n');
    await expect(two.read()).rejects.toMatchObject({ code: 'EINVAL' });
    await two.write('unmount /n\n');
    expect(new TextDecoder().decode(await one.read({ offset: 0 }))).toBe('done\n');
    expect(new TextDecoder().decode(await two.read({ offset: 7 }))).toBe(
      'EINVAL cannot unmount /n: nothing is mounted there\n',
    );
  });
});

describe('status, events and last', () => {
  test('status says what there is', async () => {
    await run('mount -c ram: /n/x\n');
    await root.writeFile('ctl', 'idle 5m\n');
    expect(await root.readText('status')).toMatch(
      /^kind namespace\nname test\npid \d+\nsince \S+\nidle 5m\nlost 0\nmounts 1\nmount -c ram: \/n\/x up\n$/,
    );
  });

  test('events wait for mounts that come and go, and for servers that are lost', async () => {
    const far = await serve('tcp://127.0.0.1:0', dir({ hello: text('hello\n') }));
    const events = root.lines('events');
    const first = events.next();
    // The reader is there when its read is.
    await new Promise((resolve) => setTimeout(resolve, 50));
    await run(`mount ${far.address} '/n/far away'\n`);
    expect(await first).toEqual({ done: false, value: `mounted ${far.address} '/n/far away'` });
    await run('bind /n /tmp\n');
    expect(await events.next()).toEqual({ done: false, value: 'mounted /n /tmp' });
    await run('unmount /tmp\n');
    expect(await events.next()).toEqual({ done: false, value: 'unmounted /n /tmp' });
    const lost = events.next();
    await far.close();
    expect((await lost).value).toMatch(new RegExp(`^lost ${far.address} '/n/far away' \\S`));
    await using again = await serve(far.address, dir({ hello: text('hello\n') }));
    expect(again.address).toBe(far.address);
    // It is dialled again when somebody needs it.
    const back = events.next();
    await using world = new Fid(await dial(`unix://${home.tree}`));
    expect(await world.readText('n/far away/hello')).toBe('hello\n');
    expect(await back).toEqual({ done: false, value: `back ${far.address} '/n/far away'` });
    await events.return(undefined);
  });

  test('last is what was lost, to be read and written', async () => {
    expect(await root.readText('last')).toBe('');
    await root.writeFile('last', 'bind /a /b\n');
    expect(await root.readText('last')).toBe('bind /a /b\n');
    await using control = (await Control.find(home))!;
    await control.setLast('');
    expect(await control.last()).toBe('');
  });
});

test('whoever looks for a namespace that no process holds finds none', async () => {
  expect(await Control.find(homeOf('nobody'))).toBeUndefined();
});

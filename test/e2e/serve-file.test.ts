/** ns serve FILE: a world that a file describes, served. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { userInfo } from 'node:os';
import { Fid, attach } from '../../src/client/index.ts';
import { NONUNAME } from '../../src/protocol/index.ts';
import { connect } from '../../src/transport/index.ts';
import { World } from './world.ts';

const world = new World();
afterAll(() => world[Symbol.asyncDispose]());

const out = (...args: readonly string[]) => world.out(...args);
const fail = (...args: readonly string[]) => world.fail(...args);

const MISSING = 'no such file or directory; check the name (ns ls lists a directory)';

describe('ns serve FILE', () => {
  test('mounts, binds, includes and variables; where it listens', async () => {
    world.file('site/index', 'hello\n');
    world.file('parts/tools.ns', "mount -c ram: '/n/the tools'\n");
    world.file(
      'site.ns',
      `# a site
mount file:site /n/site
. parts/tools.ns
bind /n/site $AT
listen unix:site.sock
listen tcp://127.0.0.1:0
`,
    );
    world.env['AT'] = '/srv/www';
    const server = world.start(['serve', 'site.ns']);
    await server.until(({ stdout }) => stdout.split('\n').length === 3);
    const [, tcp] = [...server.stdout.matchAll(/^serving (\S+)$/gm)].map(([, address]) => address);
    expect(server.stdout).toContain(`serving unix://${world.path('site.sock')}\n`);
    expect(await out('cat', `${tcp}/srv/www/index`, 'unix:site.sock#/n/site/index')).toBe('hello\nhello\n');
    expect(await out('ls', tcp, `${tcp}/n`)).toBe(
      `${tcp}:\ndev\nmnt\nn\nnet\nsrv\ntmp\n\n${tcp}/n:\nsite\nthe tools\n`,
    );
    expect(await server.stop()).toMatchObject({
      status: 0,
      stderr: 'whoever connects from this machine acts as you\n',
    });
  });

  test('--listen and -m add to what the file says; - is standard input', async () => {
    const input = 'mount -c ram: /n/a\n';
    const server = world.start(['serve', '-', '-m', 'ram: /n/b', '-l', 'tcp://127.0.0.1:0'], { input });
    await server.until(({ stdout }) => /^serving .*\n/m.test(stdout));
    const [, address] = /^serving (.*)$/m.exec(server.stdout)!;
    expect(await out('ls', `${address}/n`)).toBe('a\nb\n');
    expect(await world.start(['write', `${address}/n/b/x`], { input: 'x' }).ended).toMatchObject({
      status: 0,
    });
  });

  test('a mount within a mount, without a file', async () => {
    world.file('outer/inner/x', '');
    const { addresses } = await world.serve('-m', 'file:outer /', '-m', 'ram: /inner');
    await world.start(['write', `${addresses[0]}/inner/y`], { input: 'y' }).ended;
    expect(await out('ls', addresses[0], `${addresses[0]}/inner`)).toBe(
      `${addresses[0]}:\ninner\n\n${addresses[0]}/inner:\ny\n`,
    );
  });

  test('one tree alone is served as it is', async () => {
    world.file('alone/x', '');
    const { addresses } = await world.serve('-m', 'file:alone /');
    const [[there], [here]] = await Promise.all(
      [`${addresses[0]}/x`, 'alone/x'].map(async (place) => {
        return JSON.parse(await out('stat', '--json', place)) as readonly { qid: { path: string } }[];
      }),
    );
    expect(there.qid.path).toBe(here.qid.path);
  });

  test('allow: who may see what; without it, whoever serves', async () => {
    world.file('ours.ns', 'mount -c ram: /n/a\nmount -c ram: /n/b\nlisten tcp://127.0.0.1:0\n');
    world.file('theirs.ns', '. ours.ns\nallow glenda ro /n/a\n');
    const [ours, theirs] = await Promise.all(
      ['ours.ns', 'theirs.ns'].map(async (file) => {
        const server = world.start(['serve', '--trust-uname', file]);
        await server.until(({ stdout }) => stdout.endsWith('\n'));
        return server.stdout.replace(/^serving (.*)\n$/, '$1');
      }),
    );
    const enter = async (address: string, uname: string) =>
      new Fid(await attach(await connect(address), { uname, n_uname: NONUNAME }));
    await expect(enter(ours, 'glenda')).rejects.toMatchObject({ code: 'EACCES' });
    await using glenda = await enter(theirs, 'glenda');
    const names: string[] = [];
    for await (const { name } of glenda.list({ path: 'n' })) names.push(name);
    expect(names).toEqual(['a']);
    await expect(glenda.writeFile('n/a/x', '')).rejects.toMatchObject({
      code: expect.stringMatching(/^E(ACCES|ROFS)$/),
    });
    await expect(enter(theirs, 'ken')).rejects.toMatchObject({ code: 'EACCES' });
    await using self = await enter(theirs, userInfo().username);
    await self.writeFile('n/b/x', 'mine');
  });

  test('what is wrong with it is one line', async () => {
    const bad = (name: string, line: string): string => {
      world.file(name, `mount ram: /n/a\n\n\n\n\n\n${line}\n`);
      return name;
    };
    const cases: readonly (readonly [string, string, string])[] = [
      ['a.ns', 'mount ram:', 'a.ns:7: mount: OLD is missing; usage: mount [-abcC] URL OLD [ANAME]'],
      ['b.ns', 'bind /none /n/b', `b.ns:7: cannot bind /none on /n/b: ${MISSING}`],
      ['f.ns', 'mount file:/none /n/b', `f.ns:7: cannot mount file:/none on /n/b: ${MISSING}`],
      [
        'c.ns',
        'export nothing / /mnt',
        "c.ns:7: export: there is no gateway of the kind 'nothing'; known are fuse, v9fs",
      ],
      ['d.ns', 'allow glenda rx /', "d.ns:7: allow: 'rx' is neither ro nor rw; usage: allow USER ro|rw PATH"],
      ['e.ns', '. none.ns', `e.ns:7: .: cannot read none.ns: ${MISSING}`],
    ];
    const told = await Promise.all(cases.map(([name, line]) => fail('serve', bad(name, line))));
    expect(told).toEqual(cases.map(([, , line]) => ({ status: 1, line: `ns: ${line}` })));
    expect(await fail('serve', 'none.ns')).toEqual({
      status: 1,
      line: `ns: cannot read none.ns: ${MISSING}`,
    });
  });
});

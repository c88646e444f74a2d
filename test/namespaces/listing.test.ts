/** What a directory of a namespace lists, at once and in pieces. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { NEVER } from '../../src/client/abort.ts';
import { Fid, attach, type RemoteFile } from '../../src/client/index.ts';
import { Chan, READ, type Entry, type Request } from '../../src/file/index.ts';
import { MAFTER, type Namespace } from '../../src/namespaces/index.ts';
import type { Dialect } from '../../src/protocol/index.ts';
import { Server } from '../../src/server/index.ts';
import { pipe } from '../../src/transport/index.ts';
import { list, named, treeOf, world, worldWith } from './trees.ts';
import { GLENDA } from './users.ts';

const r: Request = { user: GLENDA, aname: '', signal: NEVER };

const files = (prefix: string, count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, '']));

/** /n/u: two members, of which the second has the first's names as well. */
async function union(): Promise<Namespace> {
  const ns = world();
  await ns.mount(await treeOf(files('a', 50)), '/n/u');
  await ns.mount(await treeOf({ ...files('a', 50), ...files('b', 50) }), '/n/u', MAFTER);
  return ns;
}

const ALL = [...Object.keys(files('a', 50)), ...Object.keys(files('b', 50))];

async function take(entries: Iterable<Entry> | AsyncIterable<Entry>, count = Infinity): Promise<Entry[]> {
  const taken: Entry[] = [];
  for await (const entry of entries) {
    taken.push(entry);
    if (taken.length === count) break;
  }
  return taken;
}

const namesOf = (entries: readonly Entry[]): readonly string[] => entries.map(({ name }) => name);

describe('a listing', () => {
  test('shows what is mounted: its qid and its tree', async () => {
    const a = await named('a');
    await using ns = await worldWith({ a });
    for await (const { name, qid, tree, type } of ns.list('/t')) {
      expect([name, type, qid, tree === a.tree]).toEqual(['a', 'dir', a.qid, true]);
    }
  });

  test('shows the mount points that were made first, then what is there', async () => {
    await using ns = world();
    await ns.writeFile('/n/real', '');
    await ns.mount(await named('a'), '/n/made');
    expect(await list(ns, '/n')).toEqual(['made', 'real']);
    await ns.unmount('/n/made');
    expect(await list(ns, '/n')).toEqual(['real']);
  });

  test('of a directory where something real has the name of a mount point: once', async () => {
    const tree = await treeOf({});
    await using ns = world({ root: tree });
    await ns.mount(await named('a'), '/x');
    await new Fid(tree, { user: GLENDA }).writeFile('x', 'later');
    expect(await list(ns, '/')).toEqual(['x']);
    expect(await list(ns, '/x')).toEqual(['who', 'only-a']);
  });

  test('goes on after a cookie, and begins anew', async () => {
    await using ns = await union();
    const chan = Chan.attach(await ns.fileAt('/n/u'));
    await chan.open(READ, r);
    const first = await take(chan.list(0n, r), 30);
    const rest = await take(chan.list(first.at(-1)!.cookie, r));
    expect(namesOf([...first, ...rest])).toEqual(ALL);
    // Back into the middle, and to the start.
    const middle = await take(chan.list(first[9].cookie, r), 5);
    expect(namesOf(middle)).toEqual(ALL.slice(10, 15));
    expect(namesOf(await take(chan.list(0n, r)))).toEqual(ALL);
    expect(new Set([...first, ...rest].map(({ cookie }) => cookie)).size).toBe(100);
    await chan.close('clunk', r);
  });

  test('that begins anew sees what has changed', async () => {
    await using ns = await union();
    const chan = Chan.attach(await ns.fileAt('/n/u'));
    await chan.open(READ, r);
    expect(await take(chan.list(0n, r))).toHaveLength(100);
    await ns.remove('/n/u/b49');
    expect(await take(chan.list(0n, r))).toHaveLength(99);
    await chan.close('clunk', r);
  });

  test('goes on where it was though files are removed', async () => {
    await using ns = await union();
    const chan = Chan.attach(await ns.fileAt('/n/u'));
    await chan.open(READ, r);
    const first = await take(chan.list(0n, r), 20);
    for (const { name } of first) await ns.remove(`/n/u/${name}`);
    const rest = await take(chan.list(first.at(-1)!.cookie, r));
    expect(namesOf(rest).slice(0, 30)).toEqual(ALL.slice(20, 50));
    await chan.close('clunk', r);
  });
});

describe.each<Dialect>(['9P2000.L', '9P2000.u', '9P2000'])('a served namespace, %s', (dialect) => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  /** With messages so small that a directory takes many of them. */
  async function served(ns: Namespace, path = ''): Promise<{ root: Fid; file: RemoteFile }> {
    const server = new Server(ns.file(), { owner: GLENDA });
    const [theirs, ours] = pipe();
    server.accept(theirs);
    const file = await attach(ours, { user: GLENDA, dialects: [dialect], msize: 4096, path });
    const root = new Fid(file);
    ends.push(
      () => ns.close(),
      () => server.close(),
      () => root.close(),
    );
    return { root, file };
  }

  const names = async (fid: Fid, path = ''): Promise<readonly string[]> =>
    namesOf(await take(fid.list({ path })));

  test('lists a union in many pieces', async () => {
    const { root } = await served(await union());
    expect(await names(root, 'n/u')).toEqual(ALL);
    expect((await take(root.list({ path: 'n/u', stat: true }))).every(({ attr }) => attr)).toBe(true);
  });

  test('lists it again, and from the middle', async () => {
    const { root } = await served(await union());
    await using dir = await (await root.walk('n/u')).open();
    expect(await names(dir)).toEqual(ALL);
    expect(await names(dir)).toEqual(ALL);
  });

  test('from a cookie, on another read', async () => {
    const { file } = await served(await union(), '/n/u');
    const open = await file.open(READ, r);
    const first = await take(open.list!(0n, r), 70);
    if (dialect === '9P2000.L') {
      const again = await take(open.list!(first[39].cookie, r));
      expect(namesOf(again)).toEqual(ALL.slice(40));
    }
    expect(namesOf(first)).toEqual(ALL.slice(0, 70));
    await open.close!('clunk', r);
  });

  test('shows mount points with the qids that a walk gives', async () => {
    const ns = await worldWith({ a: await named('a'), b: await named('b') });
    const { root } = await served(ns);
    for (const dir of ['', 't']) {
      for await (const { name, qid } of root.list({ path: dir })) {
        expect(qid.path).toBe((await root.stat(`${dir}/${name}`)).qid.path);
      }
    }
    expect(await names(root, 't')).toEqual(['a', 'b']);
  });
});

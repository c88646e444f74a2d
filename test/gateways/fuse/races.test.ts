/** What comes between: a name that is another file's by the time it is opened, a reader who does not wait. */
import { describe, expect, test } from '@jest/globals';
import { Chan, WRITE, stream, type Request } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/index.ts';
import { O, type Kernel } from './calls.ts';
import { Packet } from './packet.ts';
import { CALLER, NOTIFY, ROOT, failure, until } from './kernel.ts';
import { far, mounted } from './mounted.ts';

const O_NONBLOCK = 0o4000;

/** Somebody who has another way to the tree. */
const request: Request = {
  user: { name: 'glenda', uid: CALLER.uid, gid: CALLER.gid },
  aname: '',
  signal: new AbortController().signal,
};

describe.each([
  ['in memory', false],
  ['behind a server', true],
])('%s', (_, isFar) => {
  const place = async (): Promise<Kernel> => (isFar ? (await far()).kernel : mounted(ram()));

  async function file(kernel: Kernel, name: string, content: string): Promise<void> {
    const made = await kernel.create(ROOT, name);
    await kernel.write(made, 0, content);
    await kernel.release(made);
  }

  test('a file that is replaced between its lookup and its open: the second attempt cannot fail', async () => {
    await using kernel = await place();
    await file(kernel, 'f', 'old');
    const found = await kernel.lookup(ROOT, 'f');
    await file(kernel, 'g', 'new');
    await kernel.rename(ROOT, 'g', ROOT, 'f');
    expect(await failure(kernel.open(found.node))).toBe('ESTALE');
    const again = await kernel.lookup(ROOT, 'f');
    await file(kernel, 'h', 'newer');
    await kernel.rename(ROOT, 'h', ROOT, 'f');
    const open = await kernel.open(again.node);
    expect((await kernel.read(open, 0, 100)).toString()).toBe('new');
    await kernel.release(open);
  });

  test('what was opened ahead for somebody who did not come is closed', async () => {
    await using kernel = await place();
    await file(kernel, 'f', 'old');
    const found = await kernel.lookup(ROOT, 'f');
    await kernel.unlink(ROOT, 'f');
    await file(kernel, 'f', 'new');
    expect(await failure(kernel.open(found.node))).toBe('ESTALE');
    expect((await kernel.lookup(ROOT, 'f')).node).not.toBe(found.node);
    // An open for something else than what was asked for is one of its own.
    const { node } = await kernel.lookup(ROOT, 'f');
    await kernel.release(await kernel.open(node, O.RDWR));
  });

  test('a second open, however soon after the lookup, looks at the file as it is then', async () => {
    const tree = ram();
    await using kernel = isFar ? (await far(tree)).kernel : await mounted(tree);
    await file(kernel, 'f', 'old');
    const { node } = await kernel.lookup(ROOT, 'f');
    await kernel.release(await kernel.open(node));
    const other = Chan.attach(tree);
    const { chan } = await other.walk(['f'], request);
    await chan!.open(WRITE, request);
    await chan!.write(0, new TextEncoder().encode('longer'), request);
    const before = kernel.notifications.length;
    await kernel.release(await kernel.open(node));
    expect(kernel.notifications.slice(before).map(({ kind }) => kind)).toEqual([NOTIFY.INVAL_INODE]);
  });
});

test('a reader who does not wait is told that there is nothing, and then gets what came', async () => {
  let give!: (text: string) => void;
  const coming = new Promise<string>((resolve) => (give = resolve));
  const root = ram();
  const tree = {
    ...root,
    tree: root.tree,
    qid: root.qid,
    attr: root.attr.bind(root),
    walk: () =>
      stream(async function* () {
        yield await coming;
      }),
  };
  await using kernel = await mounted(tree);
  const { node } = await kernel.lookup(ROOT, 'news');
  const open = await kernel.open(node, O.RDONLY);
  const body = new Packet().u64(open.open, 0).u32(100, 0).u64(0).u32(O_NONBLOCK, 0);
  const read = () => kernel.ask(15, node, body, (r) => r.data(r.left).toString());
  expect(await failure(read())).toBe('EAGAIN');
  give('news');
  let got = '';
  await until(() => {
    void read().then(
      (text) => (got ||= text),
      () => undefined,
    );
    return got !== '';
  });
  expect(got).toBe('news');
});

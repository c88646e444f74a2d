/** The link of a tree: when it is made again, for how long that is tried, and what is said of it. */
import { describe, expect, test } from '@jest/globals';
import type { LinkState } from '../../../src/client/index.ts';
import type { Request } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/index.ts';
import { failureOf, settled } from '../fake-server.ts';
import { OWNER } from '../served.ts';
import { ADDRESS, lined } from './line.ts';

const request: Request = { user: OWNER, aname: '', signal: new AbortController().signal };
const wait = (time: number) => new Promise((resolve) => setTimeout(resolve, time));

async function timed<T>(work: Promise<T>): Promise<{ readonly result: T; readonly time: number }> {
  const begun = performance.now();
  return { result: await work, time: performance.now() - begun };
}

test('is made by the first call that needs it, and not before', async () => {
  await using tree = await lined('9P2000.L', ram());
  const { root, line, file } = tree;
  line.cut();
  await wait(20);
  expect(line.dials).toBe(0);
  expect(file.tree).toMatchObject({ state: 'lost', address: ADDRESS, recoveries: 0 });
  await root.stat();
  expect(line.dials).toBe(1);
  expect(file.tree).toMatchObject({ state: 'up', recoveries: 1 });
});

test('100,000 idle fids cost nothing', async () => {
  await using tree = await lined('9P2000.L', ram());
  const { root, line, file } = tree;
  await root.writeFile('f', 'hello');
  const files = [];
  for (let i = 0; i < 100; i++) {
    const walks = Array.from({ length: 1000 }, () => file.walkAll(['f'], request));
    files.push(...(await Promise.all(walks)).map(([last]) => last));
  }
  expect(file.tree.connection.fids.used).toBe(100_001);
  await settled();
  line.messages.length = 0;
  line.cut();
  await file.attr(request);
  expect(line.types).toEqual(['Tversion', 'Tattach', 'Tgetattr']);
  expect(file.tree.connection.fids.used).toBe(1);
  line.messages.length = 0;
  expect(await files[77_777].attr(request)).toMatchObject({ size: 5 });
  expect(line.types).toEqual(['Twalk', 'Tgetattr']);
  for (const one of files) one.release();
  await settled();
  expect(line.types).toEqual(['Twalk', 'Tgetattr', 'Tclunk']);
  expect(file.tree.connection.fids.used).toBe(1);
}, 30_000);

test('goes to the path that was attached', async () => {
  const tree = ram();
  await using whole = await lined('9P2000.L', tree);
  await whole.root.mkdirAll('usr/glenda');
  await whole.root.writeFile('usr/glenda/f', 'hello');
  await using part = await lined('9P2000.L', tree, { path: '/usr/glenda' });
  part.line.cut();
  expect(await part.root.readText('f')).toBe('hello');
  expect(part.line.types.slice(0, 3)).toEqual(['Tversion', 'Tattach', 'Twalk']);
});

describe('that cannot be made', () => {
  test('is tried until the deadline, and the error says what is wrong', async () => {
    await using tree = await lined('9P2000.L', ram(), { deadline: 400 });
    const { root, line } = tree;
    line.closed = 'refused';
    line.cut();
    const { result: error, time } = await timed(failureOf(root.stat('f')));
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    expect(error.message).toBe(
      `cannot stat /f: the link to ${ADDRESS} was lost 0 s ago, and cannot be made again: ` +
        `cannot connect to ${ADDRESS}: connection refused`,
    );
    expect(time).toBeLessThan(700);
    expect(line.dials).toBeGreaterThan(2);
    expect(line.dials).toBeLessThan(6);
  });

  test('is down then: a call fails at once, and tries now and then', async () => {
    await using tree = await lined('9P2000.L', ram(), { deadline: 300 });
    const { root, line, file } = tree;
    const states: LinkState[] = [];
    file.tree.onState = (state) => states.push(state);
    line.closed = 'refused';
    line.cut();
    await failureOf(root.stat());
    expect(file.tree.state).toBe('down');
    line.dials = 0;
    const { time } = await timed(Promise.all(Array.from({ length: 20 }, () => failureOf(root.stat()))));
    expect(time).toBeLessThan(100);
    expect(line.dials).toBeLessThan(2);
    line.closed = undefined;
    await wait(300);
    expect((await root.stat()).type).toBe('dir');
    expect(states).toEqual(['lost', 'down', 'up']);
    expect(Date.now() - file.tree.since).toBeLessThan(1000);
  });

  test('comes back within the deadline', async () => {
    await using tree = await lined('9P2000.L', ram());
    const { root, line } = tree;
    line.closed = 'refused';
    line.cut();
    const stat = root.stat();
    await wait(200);
    line.closed = undefined;
    expect(await stat).toMatchObject({ type: 'dir' });
    expect(line.dials).toBeGreaterThan(1);
  });

  test('keeps to the deadline if nobody answers', async () => {
    await using tree = await lined('9P2000.L', ram(), { deadline: 200 });
    const { root, line } = tree;
    line.closed = 'hanging';
    line.cut();
    const { result: error, time } = await timed(failureOf(root.stat()));
    expect(error).toMatchObject({ code: 'ETIMEDOUT' });
    expect(error.message).toContain(ADDRESS);
    expect(time).toBeLessThan(500);
    expect(tree.file.tree.state).toBe('down');
  });

  test('nor longer than a caller waits', async () => {
    await using tree = await lined('9P2000.L', ram());
    const { root, line } = tree;
    line.closed = 'hanging';
    line.cut();
    const { result: error, time } = await timed(failureOf(root.stat('', { timeout: 50 })));
    expect(error).toMatchObject({ code: 'ETIMEDOUT' });
    expect(time).toBeLessThan(200);
    const controller = new AbortController();
    const stat = failureOf(root.stat('', { signal: controller.signal }));
    controller.abort(new Error('enough'));
    expect((await stat).message).toBe('enough');
  });

  test('because the server speaks another dialect now', async () => {
    await using tree = await lined('9P2000.u', ram(), { deadline: 200 });
    const { root, line } = tree;
    const { server } = line;
    const [accept] = [server.accept.bind(server)];
    // What it answers is cut to its first dialect.
    server.accept = (stream) => {
      const start = stream.start.bind(stream);
      stream.start = (receiver) =>
        start({
          ...receiver,
          space: () => receiver.space(),
          ended: (error) => receiver.ended(error),
          received: (count) => receiver.received(count),
        });
      const write = stream.write.bind(stream);
      stream.write = (segments, sent) => {
        const bytes = Buffer.concat(segments);
        const at = bytes.indexOf('9P2000.u');
        if (at >= 0) bytes.write('9P2000.L', at);
        write([bytes], sent);
      };
      accept(stream);
    };
    line.cut();
    expect(await failureOf(root.stat())).toMatchObject({ code: 'EPROTONOSUPPORT' });
  });
});

describe('of a tree that is released', () => {
  test('is not made for the sake of a clunk', async () => {
    const tree = await lined('9P2000.L', ram());
    const { root, line, file } = tree;
    line.closed = 'hanging';
    line.cut();
    const { time } = await timed(root.close());
    expect(await file.tree.closed()).toBeUndefined();
    expect(time).toBeLessThan(100);
    expect(line.dials).toBe(0);
  });

  test('ends what is tried', async () => {
    const tree = await lined('9P2000.L', ram());
    const { root, line, file } = tree;
    line.closed = 'hanging';
    line.cut();
    const stat = failureOf(file.attr(request));
    await settled();
    expect(line.dials).toBe(1);
    await root.close();
    expect(await stat).toMatchObject({ code: 'ENOTCONN' });
    expect(await file.tree.closed()).toBeUndefined();
  });

  test('does not end with its connection', async () => {
    await using tree = await lined('9P2000.L', ram());
    let ended = false;
    void tree.file.tree.closed().then(() => (ended = true));
    tree.line.cut();
    await tree.root.stat();
    expect(ended).toBe(false);
    await tree.root.close();
    await settled();
    expect(ended).toBe(true);
  });
});

test('without a way back a tree ends with its connection', async () => {
  await using tree = await lined('9P2000.L', ram(), { again: undefined });
  const { root, line, file } = tree;
  await root.writeFile('f', 'hello');
  line.ambush = { type: 'Tread', what: 'answer' };
  const error = await failureOf(root.readText('f'));
  expect(error).toMatchObject({ code: 'ECONNRESET' });
  expect(error).not.toHaveProperty('outcome', 'unknown');
  expect(await failureOf(root.stat())).toMatchObject({ code: 'ECONNRESET' });
  expect(await file.tree.closed()).toMatchObject({ code: 'ECONNRESET' });
  expect([file.tree.state, line.dials]).toEqual(['down', 0]);
});

test('a message that ends the server each time is given up', async () => {
  await using tree = await lined('9P2000.L', ram(), { deadline: 300 });
  const { root, line } = tree;
  await root.writeFile('f', 'hello');
  line.ambush = { type: 'Tgetattr', what: 'question', lasting: true };
  const { result: error, time } = await timed(failureOf(root.stat('f')));
  expect(error).toMatchObject({ code: 'ECONNRESET' });
  expect(time).toBeLessThan(1500);
  expect(line.dials).toBeLessThan(20);
  line.ambush = undefined;
  expect(await root.stat('f')).toMatchObject({ size: 5 });
});

test('a server that breaks the protocol is not asked the same again', async () => {
  await using tree = await lined('9P2000.L', ram());
  const { root, line } = tree;
  const { server } = line;
  const accept = server.accept.bind(server);
  let lie: ((bytes: Uint8Array) => void) | undefined = (bytes) => bytes.fill(0xff, 4, 5);
  line.cut();
  server.accept = (stream) => {
    const write = stream.write.bind(stream);
    stream.write = (segments, sent) => {
      const bytes = new Uint8Array(Buffer.concat(segments));
      // The handshake is honest.
      if (![101, 105].includes(bytes[4])) lie?.(bytes);
      write([bytes], sent);
    };
    accept(stream);
  };
  expect(await failureOf(root.stat())).toMatchObject({ code: 'EPROTO' });
  expect(line.count('Tgetattr')).toBe(1);
  lie = undefined;
  expect(await root.stat()).toMatchObject({ type: 'dir' });
});

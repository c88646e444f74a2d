/** Section 4 of the corners: flush and tags. */
import { describe, expect, test } from '@jest/globals';
import { dir, stream, text, type OpenFile } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/ram/index.ts';
import { DIALECTS, NOFID, NOTAG, OTRUNC, T, counted, frame, s, u16, u32, u64 } from './codec.ts';
import { Nine } from './nine.ts';
import { inTime, serverOf, settle, sleep } from './peer.ts';
import { fails, refused } from './refusal.ts';
import { Gate, slow } from './slow.ts';
import { GLENDA, SYNTHETIC_TREE, TRUSTING, ramTree, session } from './worlds.ts';

/** A stream that the test feeds: every reader sees all that is pushed after its open. */
class News {
  readonly #waiting = new Set<() => void>();
  readonly #said: string[] = [];
  readonly file = stream((signal) => this.#follow(signal));

  push(line: string): void {
    this.#said.push(line);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  async *#follow(signal: AbortSignal): AsyncGenerator<string> {
    for (let at = this.#said.length; !signal.aborted; at++) {
      while (at >= this.#said.length) await new Promise<void>((resolve) => this.#waiting.add(resolve));
      yield this.#said[at];
    }
  }
}

const READ = (fid: number, count = 100): [number, ...Uint8Array[]] => [T.read, u32(fid), u64(0), u32(count)];

const utf8 = new TextDecoder();

/** The codes and tags of the replies since the given count. */
const since = (nine: Nine, count: number): string[] =>
  nine.replies.slice(count).map(({ code, tag }) => `${code}:${tag}`);

describe.each(DIALECTS)('Tflush is always answered with Rflush, %s', (dialect) => {
  const begin = (): Promise<Nine> => session(serverOf(SYNTHETIC_TREE()), dialect);

  test.each([0, 1, 77, 0xfffe, NOTAG])('oldtag %i is unknown', async (oldtag) => {
    await (await begin()).flush(oldtag);
  });

  test('of itself', async () => {
    const nine = await begin();
    await nine.postAs(9, T.flush, u16(9)).body;
    await nine.info(0);
  });

  test('of a request that has been answered', async () => {
    const nine = await begin();
    const { tag, body } = nine.post(...nine.openFields(await nine.at('top'), 0));
    await body;
    await nine.flush(tag);
  });

  test('of a flush', async () => {
    const nine = await begin();
    const flush = nine.post(T.flush, u16(999));
    await flush.body;
    await nine.flush(flush.tag);
  });

  test('in the same write as its request: the reply comes first', async () => {
    const nine = await begin();
    const before = nine.replies.length;
    const walk = nine.expect(50, T.walk);
    const flush = nine.expect(51, T.flush);
    nine.raw(frame(T.walk, 50, ...Nine.walkFields(0, 1, ['top'])), frame(T.flush, 51, u16(50)));
    await flush.body;
    await walk.body;
    expect(since(nine, before)).toEqual(['111:50', '109:51']);
  });
});

describe.each(DIALECTS)('a blocked read of a stream, %s', (dialect) => {
  async function begin(): Promise<{ nine: Nine; news: News; fid: number }> {
    const news = new News();
    const nine = await session(serverOf(dir({ news: news.file, text: text('t') })), dialect);
    const fid = await nine.opened(['news']);
    return { nine, news, fid };
  }

  test('is flushed: Rflush alone, and its tag is free', async () => {
    const { nine, news, fid } = await begin();
    const before = nine.replies.length;
    const { tag } = nine.post(...READ(fid));
    await settle();
    nine.forget(tag);
    const flush = nine.post(T.flush, u16(tag));
    await flush.body;
    expect(since(nine, before)).toEqual([`109:${flush.tag}`]);
    const again = nine.postAs(tag, ...READ(fid));
    news.push('new');
    expect(utf8.decode((await again.body).counted())).toBe('new');
  });

  test('loses no datum to a flush', async () => {
    const { nine, news, fid } = await begin();
    for (let i = 0; i < 5; i++) {
      const { tag } = nine.post(...READ(fid));
      await settle();
      nine.forget(tag);
      await nine.flush(tag);
    }
    news.push('one');
    news.push('two');
    expect([await nine.text(fid), await nine.text(fid)]).toEqual(['one', 'two']);
  });

  test('that meets its datum and its flush at once: the datum comes before Rflush, or next', async () => {
    const { nine, news, fid } = await begin();
    const seen: string[] = [];
    for (let turn = 0; turn < 12; turn++) {
      const read = nine.post(...READ(fid));
      await settle(2);
      const before = nine.replies.length;
      if (turn % 2 === 0) news.push(`${turn} `);
      for (let i = 0; i < turn; i++) await Promise.resolve();
      const flush = nine.post(T.flush, u16(read.tag));
      if (turn % 2 === 1) news.push(`${turn} `);
      await flush.body;
      if (nine.isAnswered(read.tag)) {
        expect(since(nine, before)).toEqual([`117:${read.tag}`, `109:${flush.tag}`]);
        seen.push(utf8.decode((await read.body).counted()));
      } else {
        nine.forget(read.tag);
        seen.push(await nine.text(fid));
      }
    }
    expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => `${i} `));
  });

  test('among others on the same fid: the others go on in their order', async () => {
    const { nine, news, fid } = await begin();
    const reads = nine.postAll([READ(fid), READ(fid), READ(fid), READ(fid)]);
    await settle();
    nine.forget(reads[0].tag);
    nine.forget(reads[2].tag);
    await nine.flush(reads[2].tag);
    await nine.flush(reads[0].tag);
    news.push('first');
    expect(utf8.decode((await reads[1].body).counted())).toBe('first');
    expect(nine.isAnswered(reads[3].tag)).toBe(false);
    news.push('second');
    expect(utf8.decode((await reads[3].body).counted())).toBe('second');
  });

  test('gives the rest of a datum to the next read', async () => {
    const { nine, news, fid } = await begin();
    const read = nine.post(...READ(fid, 4));
    await settle();
    news.push('abcdefghij');
    expect(utf8.decode((await read.body).counted())).toBe('abcd');
    expect(await nine.text(fid, 0, 4)).toBe('efgh');
    expect(await nine.text(fid, 1000, 4)).toBe('ij');
  });

  test('and several flushes for it: all answered, in order', async () => {
    const { nine, fid } = await begin();
    const { tag } = nine.post(...READ(fid));
    await settle();
    nine.forget(tag);
    const before = nine.replies.length;
    const flushes = nine.postAll([
      [T.flush, u16(tag)],
      [T.flush, u16(tag)],
      [T.flush, u16(tag)],
    ]);
    await Promise.all(flushes.map(({ body }) => body));
    expect(since(nine, before)).toEqual(flushes.map((flush) => `109:${flush.tag}`));
  });

  test('a thousand of them, flushed one by one', async () => {
    const { nine, news, fid } = await begin();
    const reads = nine.postAll(Array.from({ length: 1000 }, () => READ(fid)));
    await settle();
    for (const { tag } of reads) nine.forget(tag);
    const flushes = nine.postAll(reads.map(({ tag }) => [T.flush, u16(tag)]));
    await Promise.all(flushes.map(({ body }) => body));
    news.push('after');
    expect(await nine.text(fid)).toBe('after');
  });
});

/** Handlers that do not look at the signal and do not end: what they bring about after the Rflush is undone. */
describe.each(DIALECTS)('a handler that ignores the signal, %s', (dialect) => {
  type Fields = [number, ...Uint8Array[]];

  interface Scenario {
    readonly method: string;
    readonly request: (nine: Nine) => Fields;
    readonly prepare?: (nine: Nine) => Promise<unknown>;
    /** What is to be seen once the handler has ended, after the Rflush. */
    readonly afterwards: (nine: Nine) => Promise<void>;
  }

  async function begin(method: string): Promise<{ nine: Nine; gate: Gate }> {
    const gate = new Gate(method);
    const nine = await session(serverOf(slow(await ramTree(), gate.pause), TRUSTING), dialect, GLENDA);
    await nine.walk(0, 1, 'top');
    await nine.walk(0, 2, 'd');
    return { nine, gate };
  }

  async function play({ method, request, prepare, afterwards }: Scenario): Promise<void> {
    const { nine, gate } = await begin(method);
    await prepare?.(nine);
    gate.close();
    const { tag } = nine.post(...request(nine));
    await settle();
    expect(gate.arrived).toBe(1);
    nine.forget(tag);
    await nine.flush(tag);
    // Its tag is free at once.
    await nine.postAs(tag, T.flush, u16(tag)).body;
    gate.open();
    await settle();
    await afterwards(nine);
  }

  const scenarios: Readonly<Record<string, Scenario>> = {
    'a walk: newfid is not bound': {
      method: 'walk',
      request: () => [T.walk, ...Nine.walkFields(2, 9, ['f'])],
      async afterwards(nine) {
        await fails(nine.clunk(9), 'EBADF');
        await nine.walk(2, 9, 'f');
      },
    },
    'a walk onto itself: the fid stays': {
      method: 'walk',
      request: () => [T.walk, ...Nine.walkFields(2, 2, ['f'])],
      async afterwards(nine) {
        expect((await nine.info(2)).isDir).toBe(true);
      },
    },
    'an open: the fid is not open': {
      method: 'open',
      request: (nine) => nine.openFields(1, 0),
      async afterwards(nine) {
        await fails(nine.read(1, 0, 10), 'EBADF');
        await nine.open(1);
        expect(await nine.text(1)).toBe('top\n');
      },
    },
    'a create: the fid is the directory still, and the name is free': {
      method: 'create',
      request: (nine) => nine.createFields(2, 'new'),
      async afterwards(nine) {
        expect((await nine.info(2)).isDir).toBe(true);
        expect(await nine.walk(2, 9, 'f')).toHaveLength(1);
        await nine.create(2, 'new');
        await nine.write(2, 0, 'x');
        expect(await nine.content('d', 'new')).toBe('x');
      },
    },
    'a read': {
      method: 'read',
      request: () => READ(1),
      prepare: (nine) => nine.open(1),
      async afterwards(nine) {
        expect(await nine.text(1)).toBe('top\n');
      },
    },
    'a write': {
      method: 'write',
      request: () => [T.write, u32(1), u64(0), counted('TOP')],
      prepare: (nine) => nine.open(1, 1),
      async afterwards(nine) {
        expect(await nine.write(1, 3, '!')).toBe(1);
      },
    },
    'a clunk: its fid is gone once it is done': {
      method: 'close',
      request: () => [T.clunk, u32(1)],
      prepare: (nine) => nine.open(1),
      async afterwards(nine) {
        await fails(nine.clunk(1), 'EBADF');
      },
    },
    'an attach: the fid stays free': {
      method: 'walk',
      request: (nine) => {
        const n_uname = nine.isUnix ? [u32(1000)] : [];
        return [T.attach, u32(5), u32(NOFID), s('glenda'), s('/d'), ...n_uname];
      },
      async afterwards(nine) {
        await fails(nine.clunk(5), 'EBADF');
        await nine.attach(5, { aname: '/d' });
      },
    },
  };

  // At once: each of them waits until the server gives up.
  test(Object.keys(scenarios).join('; '), async () => {
    const names = Object.keys(scenarios);
    const outcomes = await Promise.allSettled(names.map((name) => play(scenarios[name])));
    const failed = outcomes.flatMap((outcome, i) =>
      outcome.status === 'rejected' ? [`${names[i]}: ${String(outcome.reason)}`] : [],
    );
    expect(failed).toEqual([]);
  });

  test('other requests are served meanwhile, and a flush of the flush is answered too', async () => {
    const { nine, gate } = await begin('open');
    gate.close();
    const { tag } = nine.post(...nine.openFields(1, 0));
    await settle();
    nine.forget(tag);
    const before = nine.replies.length;
    const [flush, ofFlush] = [nine.post(T.flush, u16(tag)), nine.tag()];
    const second = nine.postAs(ofFlush, T.flush, u16(flush.tag));
    await nine.info(2);
    await Promise.all([flush.body, second.body]);
    expect(since(nine, before).filter((one) => one.startsWith('109'))).toEqual([
      `109:${flush.tag}`,
      `109:${second.tag}`,
    ]);
    gate.open();
  });
});

describe.each(DIALECTS)('a request that completes in spite of a flush, %s', (dialect) => {
  test('is answered before Rflush, and its effect is there', async () => {
    const gate = new Gate('walk', 'create');
    const root = ram({ owner: GLENDA });
    const nine = await session(serverOf(slow(root, gate.pause), TRUSTING), dialect, GLENDA);
    await nine.walk(0, 1);
    await nine.make(['there'], 'x');
    gate.close();
    const requests = [
      nine.post(...nine.createFields(1, 'made')),
      nine.post(T.walk, ...Nine.walkFields(0, 3, ['there'])),
    ];
    await settle();
    const before = nine.replies.length;
    const flushes = requests.map(({ tag }) => nine.post(T.flush, u16(tag)));
    await settle();
    gate.open();
    await Promise.all(flushes.map(({ body }) => body));
    const order = since(nine, before);
    for (const [i, request] of requests.entries()) {
      expect(nine.isAnswered(request.tag)).toBe(true);
      expect(order.indexOf(`${request.code + 1}:${request.tag}`)).toBeLessThan(
        order.indexOf(`109:${flushes[i].tag}`),
      );
      await request.body;
    }
    await nine.write(1, 0, 'x');
    expect((await nine.info(3)).size).toBe(1);
  });

  test('late, by a handler that is asked to end and ends well all the same', async () => {
    let finish: () => void = () => {};
    const open = (): Promise<OpenFile> =>
      new Promise((resolve) => (finish = () => resolve({ read: () => 0 })));
    const nine = await session(serverOf(dir({ file: { ...text(''), open } })), dialect);
    await nine.walk(0, 1, 'file');
    const opening = nine.post(...nine.openFields(1, 0));
    await settle();
    const flush = nine.post(T.flush, u16(opening.tag));
    await settle();
    finish();
    await flush.body;
    await opening.body;
    expect(await nine.text(1)).toBe('');
  });
});

describe.each(DIALECTS)('tags, %s', (dialect) => {
  test.each([0, 1, 0x7fff, 0x8000, 0xfffe])('%i', async (tag) => {
    const nine = await session(serverOf(SYNTHETIC_TREE()), dialect);
    await nine.postAs(tag, T.walk, ...Nine.walkFields(0, 1, ['d'])).body;
  });

  test('a live tag is not used twice: one answer under it at most', async () => {
    const news = new News();
    const server = serverOf(dir({ news: news.file }));
    const other = await session(server, dialect);
    const nine = await session(server, dialect);
    const fid = await nine.opened(['news']);
    const { tag } = nine.post(...READ(fid));
    await settle();
    nine.raw(frame(T.walk, tag, ...Nine.walkFields(0, 9, [])));
    await settle();
    news.push('x');
    await settle();
    expect(nine.replies.filter((reply) => reply.tag === tag).length).toBeLessThanOrEqual(1);
    nine.violations.length = 0;
    await other.info(0);
  });

  test('that of a waiting flush counts as live', async () => {
    const gate = new Gate('open');
    const nine = await session(serverOf(slow(SYNTHETIC_TREE(), gate.pause)), dialect);
    await nine.walk(0, 1, 'top');
    gate.close();
    const { tag } = nine.post(...nine.openFields(1, 0));
    await settle();
    nine.forget(tag);
    const flush = nine.post(T.flush, u16(tag));
    nine.raw(frame(T.walk, flush.tag, ...Nine.walkFields(0, 9, [])));
    await inTime(Promise.race([nine.ended, flush.reply]), 'an end or an answer');
    expect(nine.replies.filter((reply) => reply.tag === flush.tag).length).toBeLessThanOrEqual(1);
    nine.violations.length = 0;
    gate.open();
  });

  test('replies come in the order in which they are ready', async () => {
    const news = new News();
    const nine = await session(serverOf(dir({ news: news.file, text: text('t') })), dialect);
    const fid = await nine.opened(['news']);
    const before = nine.replies.length;
    const [read, walk] = nine.postAll([READ(fid), [T.walk, ...Nine.walkFields(0, 9, ['text'])]]);
    await walk.body;
    news.push('n');
    await read.body;
    expect(since(nine, before)).toEqual([`111:${walk.tag}`, `117:${read.tag}`]);
  });

  test('two thousand of them at once', async () => {
    const news = new News();
    const nine = await session(serverOf(dir({ news: news.file }), { limits: { waiting: 70_000 } }), dialect);
    const fid = await nine.opened(['news']);
    const parts: Uint8Array[] = [];
    for (let tag = 0; tag < 2000; tag++) parts.push(frame(T.read, tag, u32(fid), u64(0), u32(1)));
    for (let tag = 0; tag < 2000; tag++) nine.expect(tag, T.read);
    nine.raw(...parts);
    await settle();
    news.push('x'.repeat(2000));
    await settle(200);
    expect(Array.from({ length: 2000 }, (_, tag) => nine.isAnswered(tag)).every(Boolean)).toBe(true);
  });
});

test('9P2000: a flush while as many requests run as may is prompt', async () => {
  const gate = new Gate('open');
  const root = slow(SYNTHETIC_TREE(), gate.pause);
  const nine = await session(serverOf(root, { limits: { running: 4 } }), '9P2000');
  for (let fid = 1; fid <= 12; fid++) await nine.walk(0, fid, 'top');
  gate.close();
  const opens = nine.postAll(Array.from({ length: 12 }, (_, i) => nine.openFields(i + 1, 0)));
  const started = Date.now();
  for (const { tag } of opens) nine.forget(tag);
  await Promise.all(nine.postAll(opens.map(({ tag }) => [T.flush, u16(tag)])).map(({ body }) => body));
  expect(Date.now() - started).toBeLessThan(1000);
  gate.open();
  await sleep(5);
  await fails(nine.read(1, 0, 1), 'EBADF');
});

test('9P2000.u: an OTRUNC open that is flushed in vain', async () => {
  const gate = new Gate('open');
  const nine = await session(serverOf(slow(await ramTree(), gate.pause), TRUSTING), '9P2000.u', GLENDA);
  await nine.walk(0, 1, 'top');
  gate.close();
  const opening = nine.post(...nine.openFields(1, 1 | OTRUNC));
  await settle();
  const flush = nine.post(T.flush, u16(opening.tag));
  await settle();
  gate.open();
  await flush.body;
  await opening.body;
  expect((await nine.stat(1)).length).toBe(0n);
  await refused(nine.open(1, 1));
});

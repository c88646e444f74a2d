/** Section 4 of the corners: tags. */
import { describe, expect, test } from '@jest/globals';
import { dir, stream, text } from '../../../src/file/index.ts';
import { DIALECTS, NOTAG, T, frame, s, u16, u32, u64 } from './codec.ts';
import { Nine } from './nine.ts';
import { inTime, serverOf, settle } from './peer.ts';
import { Gate, slow } from './slow.ts';
import { SYNTHETIC_TREE, session } from './worlds.ts';

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

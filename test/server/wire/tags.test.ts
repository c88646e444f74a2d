/** Section 4 of the corners: tags. */
import { describe, expect, test } from '@jest/globals';
import { dir, text } from '../../../src/file/index.ts';
import { DIALECTS, T, frame, u16, u32, u64 } from './codec.ts';
import { News } from './news.ts';
import { Nine, READ } from './nine.ts';
import { inTime, serverOf, settle } from './peer.ts';
import { Gate, slow } from './slow.ts';
import { SYNTHETIC_TREE, session } from './worlds.ts';

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
    expect(nine.since(before)).toEqual([`111:${walk.tag}`, `117:${read.tag}`]);
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

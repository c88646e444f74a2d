/** Section 4 of the corners: flush. */
import { describe, expect, test } from '@jest/globals';
import { dir, text, type OpenFile } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/ram/index.ts';
import { DIALECTS, NOTAG, OTRUNC, T, frame, u16 } from './codec.ts';
import { News } from './news.ts';
import { Nine, READ } from './nine.ts';
import { serverOf, settle, sleep } from './peer.ts';
import { fails, refused } from './refusal.ts';
import { Gate, slow } from './slow.ts';
import { GLENDA, SYNTHETIC_TREE, TRUSTING, ramTree, session } from './worlds.ts';

const utf8 = new TextDecoder();

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
    expect(nine.since(before)).toEqual(['111:50', '109:51']);
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
    expect(nine.since(before)).toEqual([`109:${flush.tag}`]);
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
        expect(nine.since(before)).toEqual([`117:${read.tag}`, `109:${flush.tag}`]);
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
    expect(nine.since(before)).toEqual(flushes.map((flush) => `109:${flush.tag}`));
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
    const order = nine.since(before);
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
  expect(Date.now() - started).toBeLessThan(3000);
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

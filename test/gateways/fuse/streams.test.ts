/** Files whose reads wait: who waits is let go, nothing is lost, and poll(2) says when there is something. */
import { describe, expect, test } from '@jest/globals';
import { FileError, dir, stream, type File, type OpenFile, type Request } from '../../../src/file/index.ts';
import type { Kernel, Opened } from './calls.ts';
import { O } from './calls.ts';
import { NOTIFY, ROOT, failure, settled, until, type Asked } from './kernel.ts';
import { changed, far, gate, mounted, type Gate } from './mounted.ts';

const IN = 0x041;
const OUT = 0x104;

/** A stream that is fed by hand. */
class Feed {
  readonly file: File;
  readonly written: string[] = [];
  readonly #waiting: Gate[] = [];
  readonly #data: (string | Error | undefined)[] = [];

  constructor() {
    this.file = stream(() => this.#source(), {
      write: (data) => void this.written.push(Buffer.from(data).toString()),
    });
  }

  give(...data: readonly (string | Error | undefined)[]): void {
    this.#data.push(...data);
    for (const wait of this.#waiting.splice(0)) wait.open();
  }

  async *#source(): AsyncGenerator<string> {
    for (;;) {
      while (this.#data.length === 0) {
        const wait = gate();
        this.#waiting.push(wait);
        await wait.promise;
      }
      const data = this.#data.shift();
      if (data === undefined) return;
      if (data instanceof Error) throw data;
      yield data;
    }
  }
}

const text = async (asked: Asked<Buffer>): Promise<string> => (await asked).toString();

async function opened(kernel: Kernel, name = 's', flags: number = O.RDWR): Promise<Opened> {
  return kernel.open((await kernel.lookup(ROOT, name)).node, flags);
}

describe.each([
  ['in this process', false],
  ['behind a server', true],
])('a stream %s', (_, isFar) => {
  async function place(feed: Feed): Promise<Kernel> {
    const tree = dir({ s: feed.file });
    return isFar ? (await far(tree)).kernel : mounted(tree);
  }

  test('is read as it comes, and written meanwhile', async () => {
    const feed = new Feed();
    await using kernel = await place(feed);
    const file = await opened(kernel);
    expect(file.flags).toBe(1 | 16);
    const read = text(kernel.read(file, 0, 4096));
    expect(await kernel.write(file, 0, 'hi')).toBe(2);
    expect(feed.written).toEqual(['hi']);
    feed.give('one', 'two');
    expect(await read).toBe('one');
    // The kernel sends no offsets.
    expect(await text(kernel.read(file, 0, 1))).toBe('t');
    expect(await text(kernel.read(file, 0, 4096))).toBe('wo');
    feed.give(undefined);
    expect(await text(kernel.read(file, 0, 4096))).toBe('');
    await kernel.flush(file);
    await kernel.release(file);
  });

  test('is interrupted at once, and loses nothing', async () => {
    const feed = new Feed();
    await using kernel = await place(feed);
    const file = await opened(kernel);
    for (let i = 0; i < 5; i++) {
      const read = kernel.read(file, 0, 4096);
      await settled();
      const began = performance.now();
      kernel.interrupt(read.unique);
      expect(await failure(read)).toBe('EINTR');
      expect(performance.now() - began).toBeLessThan(150);
      feed.give(`${i}`);
      expect(await text(kernel.read(file, 0, 4096))).toBe(`${i}`);
    }
    expect(kernel.logged).toEqual([]);
  });

  test('loses nothing that came while it was interrupted', async () => {
    const feed = new Feed();
    await using kernel = await place(feed);
    const file = await opened(kernel);
    const came: string[] = [];
    for (let i = 0; i < 40; i++) {
      const read = kernel.read(file, 0, 4096);
      await settled();
      feed.give(`${i} `);
      for (let turn = 0; turn < i; turn++) await Promise.resolve();
      kernel.interrupt(read.unique);
      came.push(await text(read).catch(() => ''));
    }
    feed.give('end');
    while (!came.at(-1)!.endsWith('end')) came.push(await text(kernel.read(file, 0, 4096)));
    expect(came.join('')).toBe(`${Array.from({ length: 40 }, (_, i) => `${i} `).join('')}end`);
  });

  test('gives to several readers in turn', async () => {
    const feed = new Feed();
    await using kernel = await place(feed);
    const file = await opened(kernel);
    const reads = [1, 2, 3, 4].map(() => kernel.read(file, 0, 10));
    await settled();
    kernel.interrupt(reads[1].unique);
    expect(await failure(reads[1])).toBe('EINTR');
    feed.give('a', 'b', 'c');
    expect(await Promise.all([reads[0], reads[2], reads[3]].map(text))).toEqual(['a', 'b', 'c']);
  });

  test('is waited for without a read, and what came is the next one’s', async () => {
    const feed = new Feed();
    await using kernel = await place(feed);
    const file = await opened(kernel);
    expect(await kernel.poll(file, 7n)).toBe(OUT);
    expect(await kernel.poll(file, 8n)).toBe(OUT);
    await settled();
    expect(kernel.notifications).toEqual([]);
    feed.give('first', 'second');
    await until(() => kernel.notifications.length === 2, 'a wakeup');
    expect(kernel.notifications.map(({ kind, body }) => [kind, body.big()])).toEqual([
      [NOTIFY.POLL, 7n],
      [NOTIFY.POLL, 8n],
    ]);
    expect(await kernel.poll(file)).toBe(OUT | IN);
    expect(await text(kernel.read(file, 0, 3))).toBe('fir');
    expect(await kernel.poll(file)).toBe(OUT | IN);
    expect(await text(kernel.read(file, 0, 4096))).toBe('st');
    expect(await text(kernel.read(file, 0, 4096))).toBe('second');
    // Nobody is told who does not wait.
    const { length } = kernel.notifications;
    expect(await kernel.poll(file, 9n, false)).toBe(OUT);
    feed.give(undefined);
    await until(() => kernel.waiting === 0);
    await settled();
    expect(kernel.notifications.length).toBe(length);
    expect(await kernel.poll(file)).toBe(OUT | IN);
    expect(await text(kernel.read(file, 0, 4096))).toBe('');
  });

  test('an error is there to be read, too', async () => {
    const feed = new Feed();
    await using kernel = await place(feed);
    const file = await opened(kernel, 's', O.RDONLY);
    expect(await kernel.poll(file)).toBe(0);
    feed.give(new FileError('ENXIO'));
    await until(() => kernel.notifications.length === 1, 'a wakeup');
    expect(await kernel.poll(file)).toBe(IN);
    expect(await failure(kernel.read(file, 0, 4096))).toBe('ENXIO');
  });
});

test('a reader waits for what is read ahead, and is let go', async () => {
  const feed = new Feed();
  await using kernel = await mounted(dir({ s: feed.file }));
  const file = await opened(kernel);
  await kernel.poll(file);
  const read = kernel.read(file, 0, 10);
  await settled();
  kernel.interrupt(read.unique);
  expect(await failure(read)).toBe('EINTR');
  feed.give('x');
  expect(await text(kernel.read(file, 0, 10))).toBe('x');
});

/** A file that is a stream, with an open of its own. */
function streamWith(open: Partial<OpenFile>): File {
  return changed(new Feed().file, { open: () => open });
}

test('what comes for a reader who has left is the next one’s', async () => {
  const waits: Gate<Uint8Array>[] = [];
  const deaf = streamWith({
    take: () => {
      const wait = gate<Uint8Array>();
      waits.push(wait);
      return wait.promise;
    },
  });
  await using kernel = await mounted(dir({ deaf }));
  const file = await opened(kernel, 'deaf', O.RDONLY);
  const read = kernel.read(file, 0, 4096);
  await settled();
  kernel.interrupt(read.unique);
  expect(await failure(read)).toBe('EINTR');
  const next = kernel.read(file, 0, 2);
  await settled();
  waits[0].open(Buffer.from('late'));
  expect(await text(next)).toBe('la');
  expect(await kernel.poll(file)).toBe(IN);
  expect(await text(kernel.read(file, 0, 4096))).toBe('te');
});

test.each([
  [
    'throws',
    () => {
      throw new FileError('ENXIO');
    },
    'ENXIO',
  ],
  ['is at hand', () => Buffer.from('now'), 'now'],
])('a read ahead that %s', async (_, take: () => Uint8Array, expected) => {
  await using kernel = await mounted(dir({ s: streamWith({ take }) }));
  const file = await opened(kernel, 's', O.RDONLY);
  for (let i = 0; i < 2; i++) {
    await kernel.poll(file);
    await until(() => kernel.notifications.length === i + 1, 'a wakeup');
    expect(await kernel.poll(file)).toBe(IN);
    const read = kernel.read(file, 0, 10);
    expect(await text(read).catch((error: { code: string }) => error.code)).toBe(expected);
  }
});

test('what is not a stream never waits', async () => {
  await using kernel = await mounted();
  const file = await kernel.create(ROOT, 'a', O.WRONLY);
  expect(await kernel.poll(file)).toBe(IN | OUT);
  const sink = streamWith({ write: (_offset, data) => data.length });
  await using other = await mounted(dir({ sink }));
  expect(await other.poll(await opened(other, 'sink', O.WRONLY))).toBe(IN | OUT);
});

test('the end of the open ends the reads that go on', async () => {
  const aborted: string[] = [];
  const s = streamWith({
    take: (_offset, _count, { signal }: Request) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted.push('aborted');
          reject(signal.reason);
        });
      }),
  });
  await using kernel = await mounted(dir({ s }));
  const file = await opened(kernel, 's', O.RDONLY);
  await kernel.poll(file);
  await kernel.release(file);
  expect(aborted).toEqual(['aborted']);
  expect(kernel.notifications).toEqual([]);
});

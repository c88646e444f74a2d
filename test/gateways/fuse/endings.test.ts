/** How requests end before their time: by a signal, by the clock, by the end of it all. */
import { describe, expect, test } from '@jest/globals';
import { dir, stream, text, type File } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/index.ts';
import { O, type Kernel, type Opened } from './calls.ts';
import { ROOT, failure, settled, until } from './kernel.ts';
import { changed, far, gate, mounted, textWith, untilAborted, type Gate } from './mounted.ts';

const never = (): Promise<never> => new Promise(() => {});

async function opened(kernel: Kernel, name: string, flags: number = O.RDWR): Promise<Opened> {
  return kernel.open((await kernel.lookup(ROOT, name)).node, flags);
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

describe('a signal', () => {
  test('ends what needs no waiting for only if it hangs', async () => {
    const wait = gate();
    let aborted = false;
    const slow = textWith({
      read: async (_offset, _into, r) => {
        r.signal.addEventListener('abort', () => (aborted = true));
        await wait.promise;
        return 0;
      },
    });
    await using kernel = await mounted(dir({ slow }));
    const file = await opened(kernel, 'slow');
    const quick = kernel.read(file, 0, 10);
    kernel.interrupt(quick.unique);
    setTimeout(() => wait.open(), 300);
    expect((await quick).length).toBe(0);
    expect(aborted).toBe(false);
  });

  test.each([
    ['that listens', (r: Parameters<typeof untilAborted>[0]) => untilAborted(r)],
    ['that does not', never],
  ])('ends a hanging call of a tree %s after a while', async (_, hang) => {
    await using kernel = await mounted(dir({ a: textWith({ read: (_offset, _into, r) => hang(r) }) }));
    const read = kernel.read(await opened(kernel, 'a'), 0, 10);
    await settled();
    const took = await time(() => {
      kernel.interrupt(read.unique);
      kernel.interrupt(read.unique);
      return failure(read);
    });
    expect(await failure(read)).toBe('EINTR');
    expect(took).toBeGreaterThan(900);
    expect(took).toBeLessThan(1600);
  });

  test('ends a close at once', async () => {
    await using kernel = await mounted(dir({ a: textWith({ flush: never }) }));
    const file = await opened(kernel, 'a');
    await kernel.write(file, 0, 'x');
    const flush = kernel.flush(file);
    await settled();
    const took = await time(() => {
      kernel.interrupt(flush.unique);
      return failure(flush);
    });
    expect(await failure(flush)).toBe('EINTR');
    expect(took).toBeLessThan(500);
    // With nothing new there is nothing to wait for.
    expect(await time(() => kernel.flush(file))).toBeLessThan(100);
  });

  test('for what is over, or was never asked, is no matter', async () => {
    await using kernel = await mounted();
    const asked = kernel.getattr(ROOT);
    await asked;
    kernel.interrupt(asked.unique);
    await kernel.getattr(ROOT);
  });
});

describe('a tree that does not answer', () => {
  /** A tree in memory whose answers about attributes can be kept back. */
  function silent() {
    const tree = ram();
    let wait: Gate | undefined;
    const wrap = (file: File): File =>
      changed(file, {
        guarded: true,
        attr: async (r) => {
          await wait?.promise;
          return file.attr(r);
        },
        walk: async (name, r) => {
          await wait?.promise;
          const found = await file.walk!(name, r);
          return found && wrap(found);
        },
      });
    return {
      root: wrap(tree),
      tree,
      hang: () => void (wait = gate()),
      goOn: () => wait?.open(),
    };
  }

  test('soft: EIO in time, then at once, until it answers', async () => {
    const { root, hang, goOn } = silent();
    await using kernel = await mounted(root, { timeout: 200 });
    const { node } = await kernel.mknod(ROOT, 'a', 0o100644);
    const file = await kernel.open(node, O.RDWR);
    hang();
    const took = await time(() => failure(kernel.getattr(node)));
    expect(took).toBeGreaterThan(150);
    expect(took).toBeLessThan(450);
    expect(kernel.logged.at(-1)).toMatch(/no answer about \/a/);
    expect(await time(async () => expect(await failure(kernel.getattr(node))).toBe('EIO'))).toBeLessThan(50);
    expect(await failure(kernel.read(file, 0, 10))).toBe('EIO');
    // What ends must end.
    await kernel.flush(file);
    await kernel.release(file);
    goOn();
    await until(() => kernel.logged.length === 2, 'an answer');
    expect(kernel.logged.at(-1)).toMatch(/there again/);
    expect((await kernel.getattr(node)).attr.nlink).toBe(1);
    kernel.forgetAll();
    expect(kernel.server.size).toMatchObject({ known: 1, opens: 0 });
  });

  test('hard: as long as it takes, and a signal ends it', async () => {
    const { root, hang, goOn } = silent();
    await using kernel = await mounted(root, { timeout: 100, hard: true });
    const { node } = await kernel.mknod(ROOT, 'a', 0o100644);
    hang();
    const waits = kernel.getattr(node);
    const interrupted = kernel.getattr(node);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(kernel.waiting).toBe(2);
    kernel.interrupt(interrupted.unique);
    expect(await failure(interrupted)).toBe('EINTR');
    goOn();
    expect((await waits).attr.nlink).toBe(1);
    expect(kernel.logged).toEqual([]);
  });

  test.each([true, false])('a close is in time also when hard is %s', async (hard) => {
    const file = textWith({ flush: never });
    await using kernel = await mounted(dir({ file }), { timeout: 100, hard });
    const open = await opened(kernel, 'file');
    await kernel.write(open, 0, 'x');
    expect(await time(async () => expect(await failure(kernel.flush(open))).toBe('EIO'))).toBeLessThan(400);
  });

  test('one that cannot be reached is asked until it can', async () => {
    let reachable = true;
    const file = text('x');
    const a = changed(file, {
      attr: (r) => {
        if (!reachable) throw Object.assign(new Error('lost'), { code: 'ECONNRESET' });
        return file.attr(r);
      },
    });
    await using kernel = await mounted(dir({ a }));
    const { node } = await kernel.lookup(ROOT, 'a');
    reachable = false;
    expect(await failure(kernel.getattr(node))).toBe('EIO');
    expect(await failure(kernel.getattr(node))).toBe('EIO');
    expect(kernel.logged.filter((line) => line.startsWith('no answer'))).toHaveLength(1);
    reachable = true;
    await until(() => kernel.logged.some((line) => line.includes('there again')), 'an answer');
    await kernel.getattr(node);
  });

  test('waits for news are no silence', async () => {
    const news = stream(async function* () {
      await never();
      yield '';
    });
    await using kernel = await mounted(dir({ news, a: text('x') }), { timeout: 60 });
    const read = kernel.read(await opened(kernel, 'news', O.RDONLY), 0, 10);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(kernel.waiting).toBe(1);
    await kernel.lookup(ROOT, 'a');
    kernel.interrupt(read.unique);
    expect(await failure(read)).toBe('EINTR');
  });

  test('holds up nobody when all ends', async () => {
    const a = textWith({ read: never, close: never, flush: never });
    const kernel = await mounted(dir({ a }));
    const file = await opened(kernel, 'a');
    const read = kernel.read(file, 0, 10).catch(() => 'failed');
    const release = kernel.release(await opened(kernel, 'a')).catch(() => 'failed');
    await settled();
    expect(await time(() => kernel.server.close())).toBeLessThan(2500);
    expect(kernel.faults).toEqual([]);
    expect(kernel.server.size).toMatchObject({ known: 0, opens: 0 });
    void [read, release];
  });
});

test('an unmount closes all that is open, as when a connection is lost', async () => {
  const reasons: string[] = [];
  const a = textWith({
    close: (reason) => void reasons.push(reason),
    read: (_offset, _into, r) => untilAborted(r),
  });
  const kernel = await mounted(dir({ a }));
  await opened(kernel, 'a');
  const file = await opened(kernel, 'a');
  void kernel.read(file, 0, 10);
  await settled();
  kernel.unmount(new Error('why'));
  expect(await kernel.server.closed()).toEqual(new Error('why'));
  expect(reasons).toEqual(['lost', 'lost']);
  expect(kernel.faults).toEqual([]);
});

test('a server that goes away', async () => {
  await using place = await far();
  const { kernel, server } = place;
  const file = await kernel.create(ROOT, 'a');
  await kernel.write(file, 0, 'x');
  await server.close();
  expect(await failure(kernel.getattr(ROOT))).toBe('EIO');
  expect(await failure(kernel.read(file, 0, 10))).toBe('EIO');
  await kernel.flush(file);
  await failure(kernel.release(file));
  expect(kernel.server.size.opens).toBe(0);
});

/** What fails, or comes too late, leaves nothing behind, and takes nobody with it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FileError, bytes, dir, type File, type OpenFile } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/index.ts';
import { O, type Kernel, type Opened } from './calls.ts';
import { ROOT, failure, settled, until } from './kernel.ts';
import { changed, gate, mounted, textWith } from './mounted.ts';

const unhandled: unknown[] = [];
const note = (error: unknown): void => void unhandled.push(error);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(async () => {
  await settled();
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

async function opened(kernel: Kernel, name: string, flags: number = O.RDWR): Promise<Opened> {
  return kernel.open((await kernel.lookup(ROOT, name)).node, flags);
}

describe('given up, and done after all:', () => {
  /** A tree in memory whose work is done, but not answered. */
  async function place(only: keyof File) {
    const wait = gate();
    const tree = ram();
    await using setup = await mounted(tree);
    await setup.release(await setup.create(ROOT, 'there'));
    let closed = 0;
    let released = 0;
    let slow = false;
    const wrap = (file: File): File => {
      const method = Reflect.get(file, only) as ((...args: unknown[]) => unknown) | undefined;
      const watch = (open: OpenFile): OpenFile => ({
        attr: (r) => file.attr(r),
        close: () => void closed++,
        list: (...args) => open.list!(...args),
      });
      return changed(file, {
        guarded: true,
        walk: async (name, r) => {
          const found = await file.walk!(name, r);
          return found && wrap(found);
        },
        open: async (mode, r) => watch(await file.open!(mode, r)),
        create: async (...args) => {
          const made = await file.create!(...args);
          return { file: wrap(made.file), open: watch(made.open) };
        },
        release: () => void released++,
        ...(method && { [only]: (...args: unknown[]) => late(() => inner(...args)) }),
      });
      async function late(work: () => unknown): Promise<unknown> {
        const result = await work();
        if (slow) await wait.promise;
        return result;
      }
      function inner(...args: unknown[]): unknown {
        const result = method!.apply(file, args);
        if (only === 'walk') return Promise.resolve(result as File | undefined).then((f) => f && wrap(f));
        if (only === 'open') return Promise.resolve(result as OpenFile).then(watch);
        if (only === 'create') {
          const made = result as { file: File; open: OpenFile };
          return { file: wrap(made.file), open: watch(made.open) };
        }
        return result;
      }
    };
    const kernel = await mounted(wrap(tree), { timeout: 80 });
    return {
      kernel,
      slower: () => void (slow = true),
      open: () => wait.open(),
      get closed() {
        return closed;
      },
      get released() {
        return released;
      },
    };
  }

  test('an open is closed', async () => {
    const it = await place('open');
    const { node } = await it.kernel.lookup(ROOT, 'there');
    it.slower();
    expect(await failure(it.kernel.open(node))).toBe('EIO');
    expect(await failure(it.kernel.opendir(ROOT))).toBe('EIO');
    it.open();
    await until(() => it.closed === 2, 'a close');
    expect(it.kernel.server.size.opens).toBe(0);
    await it.kernel[Symbol.asyncDispose]();
  });

  test('a create is closed, and not counted', async () => {
    const it = await place('create');
    it.slower();
    expect(await failure(it.kernel.create(ROOT, 'new'))).toBe('EIO');
    it.open();
    await until(() => it.closed === 1, 'a close');
    expect(it.kernel.server.size).toMatchObject({ known: 1, opens: 0 });
    await it.kernel[Symbol.asyncDispose]();
  });

  test('a lookup is not counted', async () => {
    const it = await place('walk');
    it.slower();
    expect(await failure(it.kernel.lookup(ROOT, 'there'))).toBe('EIO');
    it.open();
    await until(() => it.released === 1, 'a release');
    expect(it.kernel.server.size.known).toBe(1);
    await it.kernel[Symbol.asyncDispose]();
  });

  test('what a listing looked up is not counted', async () => {
    const tree = ram();
    await using setup = await mounted(tree);
    for (let i = 0; i < 200; i++) await setup.mknod(ROOT, `${i}`, 0o100644);
    const wait = gate();
    let walks = 0;
    const slow = changed(tree, {
      walk: async (name, r) => {
        if (++walks === 100) await wait.promise;
        return tree.walk!(name, r);
      },
    });
    await using kernel = await mounted(slow, { timeout: 80 });
    await kernel.getattr(ROOT);
    const open = await kernel.opendir(ROOT);
    expect(await failure(kernel.readdirplus(open, 0n, 1 << 17))).toBe('EIO');
    expect(kernel.server.size.known).toBeGreaterThan(1);
    wait.open();
    await until(() => kernel.server.size.known === 1, 'that all is taken back');
  });

  test('an open that the kernel was to be told of first', async () => {
    const tree = ram();
    await using setup = await mounted(tree);
    const theirs = await setup.create(ROOT, 'a');
    await using kernel = await mounted(tree, { timeout: 80 });
    const { node } = await kernel.lookup(ROOT, 'a');
    await setup.write(theirs, 0, 'x');
    await new Promise((resolve) => setTimeout(resolve, 5));
    const wait = gate();
    kernel.notifying = wait.promise;
    expect(await failure(kernel.open(node))).toBe('EIO');
    wait.open();
    await until(() => kernel.server.size.opens === 0, 'its close');
  });
});

describe('a fault', () => {
  const fault = (): never => {
    throw new TypeError('my mistake');
  };

  test('is EIO, and a line in the log', async () => {
    const a = textWith({ read: fault, write: async () => fault() });
    await using kernel = await mounted(dir({ a }));
    const file = await opened(kernel, 'a');
    expect(await failure(kernel.read(file, 0, 10))).toBe('EIO');
    expect(await failure(kernel.write(file, 0, 'x'))).toBe('EIO');
    expect(kernel.logged.map((line) => line.split('\n')[0])).toEqual([
      'read: TypeError: my mistake',
      'write: TypeError: my mistake',
    ]);
    await kernel.getattr(file.node);
  });

  test('errors that files answer are none', async () => {
    const codes = ['ENOSPC', 'EDQUOT', 'ENXIO', 'EREMOTE'];
    const read = (): never => {
      const code = codes.shift()!;
      throw code === 'EREMOTE' ? Object.assign(new Error('x'), { code }) : new FileError(code as 'ENOSPC');
    };
    await using kernel = await mounted(dir({ a: textWith({ read }) }));
    const file = await opened(kernel, 'a');
    for (const code of ['ENOSPC', 'EDQUOT', 'ENXIO', 'EIO']) {
      expect(await failure(kernel.read(file, 0, 10))).toBe(code);
    }
  });

  test.each([
    ['that throws', () => fault()],
    ['that rejects', async () => fault()],
  ])('a close %s is nobody’s', async (_, close) => {
    const a = textWith({ close, attr: async () => fault() });
    await using kernel = await mounted(dir({ a }));
    const { node } = await kernel.lookup(ROOT, 'a');
    await new Promise((resolve) => setTimeout(resolve, 5));
    // Opened, and given up at once, as its attributes cannot be had.
    expect(await failure(kernel.open(node))).toBe('EIO');
    await settled();
    expect(kernel.server.size.opens).toBe(0);
    const release = changed(bytes(new Uint8Array(1)), { release: fault });
    await using other = await mounted(dir({ a: release }));
    await other.lookup(ROOT, 'a');
    await other.lookup(ROOT, 'a');
    other.forgetAll();
    expect(other.server.size.known).toBe(1);
  });

  test('a device that does not take an answer', async () => {
    await using kernel = await mounted();
    const refusal = Object.assign(new Error('invalid'), { code: 'EINVAL' });
    kernel.sendFails = refusal;
    expect(await failure(kernel.mkdir(ROOT, 'a'))).toBe('EINVAL');
    // The kernel never heard of it.
    expect(kernel.server.size.known).toBe(1);
    kernel.sendFails = refusal;
    const missing = kernel.lookup(ROOT, 'missing').catch(() => undefined);
    await settled();
    expect(kernel.logged.at(-1)).toMatch(/takes no answer/);
    await kernel.getattr(ROOT);
    void missing;
  });
});

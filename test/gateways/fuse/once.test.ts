/** Each request is answered once, and nothing is left of any, whatever happens in which order. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import * as fc from 'fast-check';
import { FileError } from '../../../src/file/index.ts';
import { ram } from '../../../src/resources/index.ts';
import { O, type Kernel, type Opened } from './calls.ts';
import { ROOT, settled, type Asked } from './kernel.ts';
import { mounted } from './mounted.ts';
import { Watched } from './watched.ts';

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
afterEach(() => void jest.useRealTimers());

const NAMES = ['a', 'b', 'c'];
const REG = 0o100644;

/** A kernel that keeps to the rules: it forgets nothing and releases nothing that it is still using. */
class Play {
  readonly watched: Watched;
  readonly kernel: Kernel;
  readonly #flight = new Map<number, readonly number[]>();
  readonly #opens: (Opened & { readonly dir: boolean })[] = [];
  readonly #busy = new Map<number, number>();
  asked = 0;

  private constructor(watched: Watched, kernel: Kernel) {
    this.watched = watched;
    this.kernel = kernel;
  }

  static async begin(hard: boolean): Promise<Play> {
    const watched = new Watched(ram());
    const kernel = await mounted(watched.root, { hard, timeout: 400 });
    await kernel.getattr(ROOT);
    kernel.answers = 0;
    watched.prompt = false;
    return new Play(watched, kernel);
  }

  /** One of what can happen. */
  async step(what: number, which: number, name: string): Promise<void> {
    const { kernel, watched } = this;
    const nodes = [ROOT, ...kernel.lookups.keys()];
    const node = nodes[which % nodes.length];
    const to = nodes[(which >> 4) % nodes.length];
    const open = this.#opens[which % (this.#opens.length || 1)];
    const toName = NAMES[which % NAMES.length];
    switch (what) {
      case 0:
        return this.#follow(kernel.lookup(node, name), [node]);
      case 1:
        return this.#opened(kernel.create(node, name), [node], false);
      case 2:
        return this.#follow(kernel.mkdir(node, name), [node]);
      case 3:
        return this.#opened(kernel.open(node, O.RDWR), [node], false);
      case 4:
        return this.#opened(kernel.opendir(node), [node], true);
      case 5:
        return this.#follow(kernel.getattr(node), [node]);
      case 6:
        return this.#follow(kernel.setattr(node, { mode: 0o700 }), [node]);
      case 7:
        return this.#follow(kernel.rename(node, name, to, toName), [node, to]);
      case 8:
        return this.#follow(kernel.unlink(node, name), [node]);
      case 9:
        return this.#follow(kernel.link(node, to, name), [node, to]);
      case 10:
        return this.#follow(kernel.mknod(node, name, REG), [node]);
      case 11:
        if (!open) return;
        if (open.dir) return this.#using(kernel.readdirplus(open, 0n), open);
        return this.#using(which % 2 ? kernel.read(open, 0, 100) : kernel.write(open, 0, 'some text'), open);
      case 12:
        return open && this.#release(open);
      case 13:
        return open && !open.dir ? this.#using(kernel.flush(open), open) : undefined;
      case 14:
        return this.#forget(node);
      case 15: {
        const unique = [...this.#flight.keys()][which % (this.#flight.size || 1)];
        return unique === undefined ? undefined : kernel.interrupt(unique);
      }
      case 16:
        await jest.advanceTimersByTimeAsync(which * 8);
        return;
      case 17:
        watched.waiting.splice(which % (watched.waiting.length || 1), 1)[0]?.fail(new FileError('EAGAIN'));
        break;
      default:
        watched.waiting.splice(which % (watched.waiting.length || 1), 1)[0]?.open();
    }
    await settled();
  }

  /** All that is under way ends, and all is given back. */
  async end(): Promise<void> {
    const { kernel, watched } = this;
    for (let i = 0; i < 5; i++) {
      watched.letGo();
      await settled();
      await jest.advanceTimersByTimeAsync(3000);
    }
    expect(kernel.waiting).toBe(0);
    while (this.#opens.length > 0) this.#release(this.#opens[0]);
    kernel.forgetAll();
    await settled();
    expect(kernel.faults).toEqual([]);
    expect(kernel.answers).toBe(this.asked);
    expect(kernel.server.size).toEqual({ known: 1, held: expect.any(Number), opens: 0 });
    expect({ held: watched.held, opens: watched.opens }).toEqual({ held: 0, opens: 0 });
    kernel.unmount();
    await kernel.server.closed();
  }

  #follow(asked: Asked<unknown>, nodes: readonly number[]): void {
    this.asked++;
    this.#flight.set(asked.unique, nodes);
    const done = (): void => void this.#flight.delete(asked.unique);
    asked.then(done, done);
  }

  #opened(asked: Asked<Opened>, nodes: readonly number[], isDir: boolean): void {
    this.#follow(asked, nodes);
    asked.then(
      (open) => this.#opens.push({ ...open, dir: isDir }),
      () => undefined,
    );
  }

  #using(asked: Asked<unknown>, { open, node }: Opened): void {
    this.#busy.set(open, (this.#busy.get(open) ?? 0) + 1);
    this.#follow(asked, [node]);
    const done = (): void => void this.#busy.set(open, this.#busy.get(open)! - 1);
    asked.then(done, done);
  }

  #release(open: Opened & { readonly dir: boolean }): void {
    if (this.#busy.get(open.open)) return;
    this.#opens.splice(
      this.#opens.findIndex((other) => other.open === open.open),
      1,
    );
    this.#follow(open.dir ? this.kernel.releasedir(open) : this.kernel.release(open), [open.node]);
  }

  #forget(node: number): void {
    const used = [...this.#flight.values()].some((nodes) => nodes.includes(node));
    const open = this.#opens.some((each) => each.node === node);
    const count = this.kernel.lookups.get(node);
    if (!used && !open && count !== undefined) this.kernel.forget(node, count);
  }
}

const step = fc.tuple(fc.integer({ min: 0, max: 24 }), fc.nat(255), fc.constantFrom(...NAMES));

test.each([
  ['soft', false],
  ['hard', true],
])('%s', async (_, hard) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 120 }), async (steps) => {
      const play = await Play.begin(hard);
      for (const [what, which, name] of steps) await play.step(what, which, name);
      await play.end();
    }),
    { numRuns: 150 },
  );
});

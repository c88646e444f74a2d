/** Files whose methods take time: the same tree, with every answer later. */
import type { Created, File, OpenFile, Request } from '../../../src/file/index.ts';

/** Waited for before a method does its work. */
export type Pause = (method: string, r: Request) => Promise<void>;

const inner = new WeakMap<object, object>();
const GIVES_FILE = new Set(['walk', 'mkdir', 'symlink', 'mknod']);
const OTHERS = ['attr', 'open', 'create', 'link', 'readlink', 'unlink', 'rename', 'change', 'statfs'];
const IS_SLOW = new Set([...GIVES_FILE, ...OTHERS]);
const OPEN_IS_SLOW = new Set(['read', 'take', 'write', 'attr', 'change', 'sync', 'lock', 'getLock', 'close']);

type Method = (...args: unknown[]) => unknown;

const unwrap = (value: unknown): unknown => inner.get(value as object) ?? value;

/** A turn of the event loop. */
export const oneTurn: Pause = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The file and all that is found or made below it, slowly. */
export function slow(file: File, pause: Pause = oneTurn): File {
  const made = new Proxy(file, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function' || typeof key !== 'string' || !IS_SLOW.has(key)) return value;
      const method = value as Method;
      return async (...args: unknown[]): Promise<unknown> => {
        await pause(key, args[args.length - 1] as Request);
        const result = await method.apply(target, args.map(unwrap));
        if (GIVES_FILE.has(key)) return result && slow(result as File, pause);
        if (key === 'open') return slowOpen(result as OpenFile, pause);
        if (key !== 'create') return result;
        const created = result as Created;
        return { file: slow(created.file, pause), open: slowOpen(created.open, pause) };
      };
    },
  });
  inner.set(made, file);
  return made;
}

function slowOpen(open: OpenFile, pause: Pause): OpenFile {
  return new Proxy(open, {
    get(target, key) {
      if (key === 'prompt') return false;
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function' || typeof key !== 'string') return value;
      const method = value as Method;
      if (!OPEN_IS_SLOW.has(key)) return method.bind(target);
      return async (...args: unknown[]): Promise<unknown> => {
        await pause(key, args[args.length - 1] as Request);
        return method.apply(target, args);
      };
    },
  });
}

/** Methods wait here until the test lets them go. */
export class Gate {
  readonly #methods: ReadonlySet<string>;
  #open!: () => void;
  #opened: Promise<void>;
  /** How often a method has come here. */
  arrived = 0;
  isClosed = false;

  constructor(...methods: readonly string[]) {
    this.#methods = new Set(methods);
    this.#opened = Promise.resolve();
  }

  close(): void {
    this.isClosed = true;
    this.#opened = new Promise((resolve) => (this.#open = resolve));
  }

  open(): void {
    this.isClosed = false;
    this.#open();
  }

  readonly pause: Pause = async (method) => {
    if (!this.#methods.has(method) || !this.isClosed) return;
    this.arrived++;
    await this.#opened;
  };
}

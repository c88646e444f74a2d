/** A tree whose answers come when they are told to, and that counts what is taken of it and not given back. */
import type { Created, File, OpenFile } from '../../../src/file/index.ts';
import { changed, gate, type Gate } from './mounted.ts';

type Count = (watched: Watched, result: unknown) => unknown;

const nothing: Count = (_, result) => result;
const file: Count = (watched, result) => result && watched.wrap(result as File);
const open: Count = (watched, result) => watched.watch(result as OpenFile);
const both: Count = (watched, result) => {
  const created = result as Created;
  return { file: watched.wrap(created.file), open: watched.watch(created.open) };
};

/** What a File does that takes time, and what of its results is to be given back. */
const METHODS: Readonly<Record<string, Count>> = {
  attr: nothing,
  change: nothing,
  link: nothing,
  readlink: nothing,
  rename: nothing,
  unlink: nothing,
  walk: file,
  mkdir: file,
  symlink: file,
  mknod: file,
  open,
  create: both,
};

export class Watched {
  readonly root: File;
  /** Files that were given out, and opens, that nobody has given back. */
  held = 0;
  opens = 0;
  /** Answers that are to come. */
  readonly waiting: Gate[] = [];
  /** Answers come by themselves. */
  prompt = true;
  /** By what stands for them. */
  readonly #files = new WeakMap<File, File>();

  constructor(tree: File) {
    this.root = this.wrap(tree, false);
  }

  /** From now on nobody is kept waiting. */
  letGo(): void {
    this.prompt = true;
    for (const wait of this.waiting.splice(0)) wait.open();
  }

  wrap(file: File, counted = true): File {
    if (counted) this.held++;
    const methods: Record<string, unknown> = {
      guarded: true,
      xattrs: undefined,
      release: () => {
        if (counted) this.held--;
      },
    };
    for (const [name, count] of Object.entries(METHODS)) {
      const method = Reflect.get(file, name) as ((...args: unknown[]) => unknown) | undefined;
      if (!method) continue;
      methods[name] = async (...args: unknown[]) => {
        const own = args.map((arg) => this.#files.get(arg as File) ?? arg);
        const result = await method.apply(file, own);
        await this.#turn();
        return count(this, result);
      };
    }
    const wrapped = changed(file, methods as Partial<File>);
    this.#files.set(wrapped, file);
    return wrapped;
  }

  watch(open: OpenFile): OpenFile {
    this.opens++;
    let closed = false;
    const pause = async <T>(work: () => T): Promise<Awaited<T>> => {
      const result = await work();
      await this.#turn();
      return result;
    };
    return {
      read: (...args) => pause(() => open.read!(...args)),
      write: (...args) => pause(() => open.write!(...args)),
      list: (...args) => open.list!(...args),
      close: async (...args) => {
        if (closed) throw new Error('closed twice');
        closed = true;
        this.opens--;
        await pause(() => open.close?.(...args));
      },
    };
  }

  async #turn(): Promise<void> {
    if (this.prompt) return;
    const wait = gate();
    this.waiting.push(wait);
    await wait.promise;
  }
}

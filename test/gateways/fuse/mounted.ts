/** Trees that the test kernel has mounted: of this process, or behind a server of ours. */
import { attach, type AttachOptions } from '../../../src/client/index.ts';
import { text, type File, type OpenFile, type Request } from '../../../src/file/index.ts';
import type { FuseOptions } from '../../../src/gateways/fuse/options.ts';
import type { Dialect, TMessage } from '../../../src/protocol/index.ts';
import { ram } from '../../../src/resources/index.ts';
import { Server, type ServerOptions } from '../../../src/server/index.ts';
import { pipe } from '../../../src/transport/pipe.ts';
import { OWNER } from '../../client/served.ts';
import { Tap } from '../../client/tap.ts';
import { Kernel } from './calls.ts';

/** Mounted, and INIT answered. */
export async function mounted(root: File = ram(), options: Partial<FuseOptions> = {}): Promise<Kernel> {
  const kernel = new Kernel(root, options);
  await kernel.init();
  await kernel.server.ready();
  return kernel;
}

export interface Far extends AsyncDisposable {
  readonly kernel: Kernel;
  readonly server: Server;
  /** What is behind it. */
  readonly tree: File;
  /** What the client sends. */
  readonly tap: Tap;
  /** Fids that the server has given, and not got back. While all is quiet. */
  readonly fids: number;
}

/** A tree behind a server, mounted. */
export async function far(
  tree: File = ram(),
  options: Partial<FuseOptions> = {},
  behind: ServerOptions & AttachOptions & { readonly dialect?: Dialect } = {},
): Promise<Far> {
  const { dialect = '9P2000.L', ...rest } = behind;
  const server = new Server(tree, { owner: OWNER, ...rest });
  const [theirs, ours] = pipe();
  const answered = new Tap(theirs, dialect);
  server.accept(answered.stream);
  const tap = new Tap(ours, dialect);
  const fids = new Fids(tap, answered);
  const file = await attach(tap.stream, { user: OWNER, dialects: [dialect], ...rest });
  const kernel = await mounted(file, options);
  return {
    kernel,
    server,
    tree,
    tap,
    get fids() {
      return fids.size;
    },
    async [Symbol.asyncDispose]() {
      await kernel[Symbol.asyncDispose]();
      file.release();
      await server.close();
    },
  };
}

/** Counts the fids of a connection, by what is asked and answered on it. */
class Fids {
  readonly #asked: Tap;
  readonly #answered: Tap;

  constructor(asked: Tap, answered: Tap) {
    this.#asked = asked;
    this.#answered = answered;
  }

  get size(): number {
    // Tags are used again and again: an answer is to the oldest question with its tag that is not answered yet.
    const bound = new Set<number>();
    const questions = new Map<number, TMessage[]>();
    for (const question of this.#asked.messages) {
      questions.set(question.tag, [...(questions.get(question.tag) ?? []), question]);
    }
    for (const answer of this.#answered.messages as readonly { type: string; tag: number }[]) {
      const question = questions.get(answer.tag)?.shift();
      if (!question) continue;
      const failed = answer.type === 'Rlerror' || answer.type === 'Rerror';
      switch (question.type) {
        case 'Tattach':
          if (!failed) bound.add(question.fid);
          break;
        case 'Twalk': {
          const { wqid } = answer as unknown as { wqid: readonly unknown[] };
          if (!failed && wqid.length === question.wname.length) bound.add(question.newfid);
          break;
        }
        case 'Txattrwalk':
          if (!failed) bound.add(question.newfid);
          break;
        case 'Tflush': {
          const [old] = questions.get(question.oldtag) ?? [];
          const { messages } = this.#asked;
          if (old && messages.indexOf(old) < messages.indexOf(question)) questions.get(old.tag)!.shift();
          break;
        }
        case 'Tremove':
        case 'Tclunk':
          bound.delete(question.fid);
          break;
        default:
      }
    }
    return bound.size;
  }
}

/** A file whose methods are replaced, or added to. */
export function changed<F extends File>(file: F, methods: Partial<File>): F {
  return new Proxy(file, {
    get(target, name): unknown {
      if (Object.hasOwn(methods, name)) return Reflect.get(methods, name);
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** A promise, and how it ends. */
export interface Gate<T = void> {
  readonly promise: Promise<T>;
  open(value: T): void;
  fail(error: unknown): void;
}

export function gate<T = void>(): Gate<T> {
  let open!: (value: T) => void;
  let fail!: (error: unknown) => void;
  const promise = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open, fail };
}

/** Rejects when the request is aborted, and never resolves. */
export function untilAborted({ signal }: Request): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

/** A text whose open does other things, too. */
export function textWith(open: Partial<OpenFile>, methods: Partial<File> = {}): File {
  const file = text('text\n', { write: () => undefined });
  return changed(file, {
    open: async (mode, r) => Object.assign(Object.create(null) as object, await unbound(file, mode, r), open),
    ...methods,
  });
}

async function unbound(file: File, ...args: Parameters<NonNullable<File['open']>>): Promise<OpenFile> {
  const open = await file.open!(...args);
  return {
    read: (...all) => open.read!(...all),
    write: (...all) => open.write!(...all),
    change: (...all) => open.change!(...all),
  };
}

/**
 * The C library, through koffi: an optional package, loaded when the first call needs it. Everything native stands
 * behind a {@link Feature}, which says what is missing where it cannot work.
 */
import { createRequire } from 'node:module';
import { codeOf, HostError } from './error.ts';

type Koffi = typeof import('koffi');
type Library = ReturnType<Koffi['load']>;

/** Where structs have the layout, and constants the value, that this folder knows: Linux's asm-generic, 64 bits. */
const ARCHITECTURES: readonly string[] = ['x64', 'arm64', 'riscv64', 'loong64'];

/** What stands in the way of a feature, and what to do about it. */
export interface Lack {
  readonly reason: string;
  readonly remedy: string;
}

/** What a feature is bound to. */
export interface Libc {
  /**
   * The function of a C declaration. A `void *` takes a string (as UTF-8, ended by a NUL) or a typed array, in place and
   * uncopied. A variadic function is declared with the arguments that it is called with: on all these architectures
   * integers and pointers travel in the same registers either way.
   */
  readonly func: (declaration: string) => ReturnType<Library['func']>;
  /** Where the bytes are: good for as long as the array is held, and its buffer not transferred. */
  readonly address: (bytes: Uint8Array) => bigint;
}

interface Native extends Libc {
  readonly version: string;
  readonly errno: () => number;
  readonly symbol: (errno: number) => string;
  readonly text: (errno: number) => string;
}

type Loaded = { readonly native: Native } | { readonly lack: Lack };

let loaded: Loaded | undefined;

function load(): Loaded {
  loaded ??= attempt();
  return loaded;
}

function attempt(): Loaded {
  if (process.platform !== 'linux') {
    return { lack: { reason: `it needs Linux, and this is ${process.platform}`, remedy: 'run it on Linux' } };
  }
  if (!ARCHITECTURES.includes(process.arch)) {
    const reason = `it needs one of ${ARCHITECTURES.join(', ')}, and this is ${process.arch}`;
    return { lack: { reason, remedy: 'run it on such a processor' } };
  }
  try {
    const koffi: Koffi = createRequire(import.meta.url)('koffi');
    return { native: bindTo(koffi) };
  } catch (error) {
    return { lack: { reason: whyNot(error), remedy: 'npm install koffi' } };
  }
}

function whyNot(error: unknown): string {
  if (codeOf(error) === 'MODULE_NOT_FOUND') return 'the optional package koffi is not installed';
  return `the optional package koffi does not load: ${firstLine(error)}`;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0];
}

function bindTo(koffi: Koffi): Native {
  // The running program's own symbols: the C library that Node itself was linked with, glibc or musl.
  const program = koffi.load(null);
  const strerror: (errno: number) => string = program.func('str strerror(int errnum)');
  const numbers = koffi.os.errno;
  const symbols = new Map(Object.entries(numbers).map(([symbol, number]) => [number, symbol]));
  // Some numbers have two symbols: these are the ones that people know.
  for (const symbol of ['EAGAIN', 'EDEADLK', 'EOPNOTSUPP']) symbols.set(numbers[symbol], symbol);
  return {
    version: koffi.version,
    func: (declaration) => program.func(declaration),
    address: (bytes) => koffi.address(bytes),
    errno: () => koffi.errno(),
    symbol: (errno) => symbols.get(errno) ?? `E${errno}`,
    text: strerror,
  };
}

type Bound<Calls> = { readonly calls: Calls } | { readonly lack: Lack };

/** A group of native functions: either all of them can be called, or it is said why not. */
export class Feature<Calls extends object> {
  /** One word, for lists and as the `syscall` of an error. */
  readonly name: string;
  /** For people: 'extended attributes'. */
  readonly what: string;
  readonly #bind: (libc: Libc) => Calls;
  #state: Bound<Calls> | undefined;

  constructor(name: string, what: string, bind: (libc: Libc) => Calls) {
    this.name = name;
    this.what = what;
    this.#bind = bind;
  }

  get available(): boolean {
    return this.lack === undefined;
  }

  /** What is missing, if anything is. */
  get lack(): Lack | undefined {
    const state = this.#bound();
    return 'lack' in state ? state.lack : undefined;
  }

  /** The functions; undefined where something is missing, for a caller that has another way. */
  find(): Calls | undefined {
    const state = this.#bound();
    return 'calls' in state ? state.calls : undefined;
  }

  /** The functions, or an error EOPNOTSUPP that says what is missing. */
  get calls(): Calls {
    const state = this.#bound();
    if ('calls' in state) return state.calls;
    throw new HostError('EOPNOTSUPP', 95, `${this.what}: ${state.lack.reason}`, this.name);
  }

  #bound(): Bound<Calls> {
    this.#state ??= this.#attempt();
    return this.#state;
  }

  #attempt(): Bound<Calls> {
    const now = load();
    if ('lack' in now) return now;
    try {
      return { calls: this.#bind(now.native) };
    } catch (error) {
      const reason = `this C library is too old: ${firstLine(error)}`;
      return { lack: { reason, remedy: 'a newer C library: glibc 2.33, musl 1.2.5' } };
    }
  }
}

/** The version of koffi, or why there is none. */
export function koffiVersion(): { readonly version: string } | { readonly lack: Lack } {
  const now = load();
  return 'native' in now ? { version: now.native.version } : now;
}

/** The number of the error with which a native call has just failed. To be asked at once: it does not last. */
export function errno(): number {
  return native().errno();
}

/** The error of a native call that has just failed. To be asked for at once, as `errno`. */
export function failure(syscall: string, subject?: string | number): HostError {
  const { errno, symbol, text } = native();
  const number = errno();
  return new HostError(symbol(number), number, text(number), syscall, subject);
}

function native(): Native {
  const now = load();
  if ('native' in now) return now.native;
  throw new HostError('EOPNOTSUPP', 95, now.lack.reason, 'koffi');
}

/** What goes between the two threads: what is asked, and what comes of it, as structured clones can carry it. */
import type { MessagePort } from 'node:worker_threads';
import { Dirent } from '../namespaces/fs/dirent.ts';
import type { FileHandle } from '../namespaces/fs/handle.ts';
import type { NamespaceFs } from '../namespaces/fs/fs.ts';
import { BigIntStats, StatFs, Stats } from '../namespaces/fs/stats.ts';
import type { FileType, User } from '../file/index.ts';
import type { Namespace } from '../namespaces/index.ts';

type Methods<T> = {
  [K in keyof T]: T[K] extends (...args: never[]) => Promise<unknown> ? K : never;
}[keyof T];

/** How the namespace is made: the first thing that is asked for, and again when it is to be another. */
export interface Building {
  readonly user: User | undefined;
  /** Of a namespace that it is to be like (namespace(6)). */
  readonly script: string;
  /** What was mounted, bound and unmounted since. */
  readonly since: readonly Deed[];
  readonly cwd: string;
}

/** A change of the mount table. */
export type Deed = {
  readonly verb: 'mount' | 'bind' | 'unmount';
  readonly args: readonly unknown[];
};

export type Question =
  | { readonly on: 'build'; readonly building: Building }
  | { readonly on: 'fs'; readonly name: Methods<NamespaceFs>; readonly args: readonly unknown[] }
  | {
      readonly on: 'file';
      readonly fd: number;
      /** As Linux calls it, for the error of a number that is no open file's. */
      readonly syscall: string;
      readonly name: Methods<FileHandle>;
      readonly args: readonly unknown[];
    }
  | {
      readonly on: 'read';
      readonly fd: number;
      readonly length: number;
      readonly position: number | undefined;
    }
  | { readonly on: 'table'; readonly deed: Deed }
  | {
      readonly on: 'namespace';
      readonly name: keyof Pick<Namespace, 'cd' | 'print'>;
      readonly args: readonly string[];
    }
  /** The last one: no answer is expected. */
  | { readonly on: 'end' };

export interface Asked {
  readonly number: number;
  readonly question: Question;
}

export interface Answered {
  readonly number: number;
  readonly value?: Packed;
  readonly error?: PackedError;
}

/** Words of the memory that both threads have. */
export const WORDS = {
  /** How many answers were sent. */
  ANSWERS: 0,
  /** Counts on for as long as the worker lives. */
  PULSE: 1,
  /** 1 once the worker has ended. */
  ENDED: 2,
} as const;

/** Milliseconds between two beats of the pulse. */
export const BEAT = 250;

/** What the worker is begun with. */
export interface WorkerData {
  readonly words: SharedArrayBuffer;
  /** Where questions come from and answers go: a port, for that can be read by who does not run its event loop. */
  readonly port: MessagePort;
}

const CLASSES = { Stats, BigIntStats, StatFs } as const;

type ClassName = keyof typeof CLASSES;

export type Packed =
  | { readonly kind: 'plain'; readonly value: unknown }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'object'; readonly of: ClassName; readonly value: object }
  | { readonly kind: 'dirents'; readonly value: readonly PackedDirent[] };

interface PackedDirent {
  readonly name: string | Uint8Array;
  readonly parentPath: string;
  readonly type: FileType;
}

export function pack(value: unknown): Packed {
  if (value instanceof Uint8Array) return { kind: 'bytes', value };
  for (const of of ['Stats', 'BigIntStats', 'StatFs'] as const)
    if (value instanceof CLASSES[of]) return { kind: 'object', of, value: { ...(value as object) } };
  if (Array.isArray(value) && value[0] instanceof Dirent)
    return { kind: 'dirents', value: value.map(packDirent) };
  return { kind: 'plain', value };
}

function packDirent(entry: Dirent<string | Uint8Array>): PackedDirent {
  return { name: entry.name, parentPath: entry.parentPath, type: Dirent.typeOf(entry) };
}

export function unpack(packed: Packed): unknown {
  switch (packed.kind) {
    case 'plain':
      return withBuffers(packed.value);
    case 'bytes':
      return bufferOf(packed.value);
    case 'object':
      return Object.assign(Object.create(CLASSES[packed.of].prototype) as object, packed.value);
    case 'dirents':
      return packed.value.map(
        ({ name, parentPath, type }) => new Dirent(withBuffers(name) as string | Buffer, parentPath, type),
      );
  }
}

/** A clone of a Buffer is a Uint8Array. */
function withBuffers(value: unknown): unknown {
  if (value instanceof Uint8Array) return bufferOf(value);
  return Array.isArray(value) ? value.map(withBuffers) : value;
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}

/** An error as plain data: a clone of an Error loses its `code`. */
export interface PackedError {
  readonly name: string;
  readonly message: string;
  readonly fields: object;
  readonly cause: PackedError | undefined;
}

export function packError(thrown: unknown): PackedError {
  if (!(thrown instanceof Error))
    return { name: 'Error', message: String(thrown), fields: {}, cause: undefined };
  const { name, message, cause } = thrown;
  const { name: _, cause: __, ...all } = thrown as Error & Record<string, unknown>;
  const fields = Object.fromEntries(Object.entries(all).filter(([, value]) => isPlain(value)));
  return { name, message, fields, cause: cause === undefined ? undefined : packError(cause) };
}

/** What can be sent as it is, and means the same in the other thread. */
function isPlain(value: unknown): boolean {
  if (typeof value === 'function' || typeof value === 'symbol') return false;
  if (typeof value !== 'object' || value === null) return true;
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isPlain);
}

const ERRORS: Readonly<Record<string, new (message: string, options?: ErrorOptions) => Error>> = {
  TypeError,
  RangeError,
};

export function unpackError({ name, message, fields, cause }: PackedError): Error {
  const Kind = ERRORS[name] ?? Error;
  const error = new Kind(message, cause && { cause: unpackError(cause) });
  if (error.name !== name)
    Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
  return Object.assign(error, fields);
}

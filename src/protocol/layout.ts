/**
 * A layout: a row of fields in the manual's notation, and all that follows from it.
 *
 *     "fid[4] newfid[4] nwname*(wname[s])"     nwname[2], then that many strings
 *     "uname[s] n_uname[4].uL"                 the second only in 9P2000.u and 9P2000.L
 *     "fid[4] datasync[4]?"                    the last may be missing
 */
import type { Cursor } from './cursor.ts';
import { KINDS, type Kind, type KindTypes, type Random } from './kinds.ts';
import { MalformedError } from './malformed.ts';

export type Dialect = '9P2000' | '9P2000.u' | '9P2000.L';

type KindName = keyof KindTypes;

type Field<T extends string> = T extends `${string}*(${infer N}[${infer K extends KindName}])`
  ? { readonly [P in N]: readonly KindTypes[K][] }
  : T extends `${infer N}[${infer K extends KindName}]`
    ? { readonly [P in N]: KindTypes[K] }
    : T extends `${infer N}[${infer K extends KindName}]${'.' | '?'}${string}`
      ? { readonly [P in N]?: KindTypes[K] }
      : never;

/** The TypeScript type of a layout. */
export type Fields<T extends string> = T extends ''
  ? unknown
  : T extends `${infer Head} ${infer Rest}`
    ? Field<Head> & Fields<Rest>
    : Field<T>;

/** A record as the layouts see it. */
export type FieldValues = { [name: string]: unknown };

interface CompiledField {
  readonly name: string;
  readonly kind: Kind<unknown>;
  readonly repeated: boolean;
  readonly optional: boolean;
  /** The dialects' last characters: '0' for 9P2000, 'u', 'L'. */
  readonly dialects: string;
}

const FIELD = /^(?:\w+\*\((\w+)\[(\w+)\]\)|(\w+)\[(\w+)\])(?:\.(\w+))?(\?)?$/;
const ALL_DIALECTS = '0uL';

type Kinds = { readonly [name: string]: Kind<unknown> };

function compile(field: string, kinds: Kinds): CompiledField {
  const parts = FIELD.exec(field);
  const kind = kinds[parts?.[2] ?? parts?.[4] ?? ''];
  if (!parts || !kind) throw new TypeError(`not a field: ${field}`);
  return {
    name: parts[1] ?? parts[3],
    kind,
    repeated: parts[1] !== undefined,
    optional: parts[6] !== undefined,
    dialects: parts[5] ?? ALL_DIALECTS,
  };
}

export class Layout {
  readonly #all: readonly CompiledField[];
  readonly #fields: Readonly<Record<Dialect, readonly CompiledField[]>>;

  constructor(notation: string, kinds: Kinds = KINDS) {
    this.#all = notation === '' ? [] : notation.split(' ').map((field) => compile(field, kinds));
    const of = (dialect: string) => this.#all.filter((field) => field.dialects.includes(dialect.at(-1)!));
    this.#fields = { '9P2000': of('9P2000'), '9P2000.u': of('9P2000.u'), '9P2000.L': of('9P2000.L') };
  }

  read(from: Cursor, into: FieldValues, dialect: Dialect): void {
    for (const field of this.#fields[dialect]) {
      if (field.optional && from.at === from.end) return;
      into[field.name] = field.repeated ? readRow(from, field.kind, dialect) : field.kind.read(from, dialect);
    }
  }

  write(to: Cursor, values: FieldValues, dialect: Dialect): void {
    for (const field of this.#fields[dialect]) {
      const value = values[field.name];
      if (value === undefined && field.optional) return;
      if (field.repeated) writeRow(to, field.kind, value as readonly unknown[], dialect);
      else field.kind.write(to, value ?? DEFAULTS[field.name], dialect);
    }
  }

  size(values: FieldValues, dialect: Dialect): number {
    let size = 0;
    for (const field of this.#fields[dialect]) {
      const value = values[field.name];
      if (value === undefined && field.optional) break;
      if (!field.repeated) size += field.kind.size(value ?? DEFAULTS[field.name], dialect);
      else {
        size += 2;
        for (const item of value as readonly unknown[]) size += field.kind.size(item, dialect);
      }
    }
    return size;
  }

  print(values: FieldValues): string {
    let text = '';
    for (const { name, kind, repeated } of this.#all) {
      const value = values[name];
      if (value === undefined) continue;
      text += ` ${name} ${repeated ? (value as readonly unknown[]).map((item) => kind.print(item)).join(' ') : kind.print(value)}`;
    }
    return text;
  }

  generate(random: Random, dialect: Dialect): FieldValues {
    const values: FieldValues = {};
    for (const { name, kind, repeated, optional } of this.#fields[dialect]) {
      if (optional && random() < 0.3) break;
      const count = Math.floor(random() * 17);
      values[name] = repeated
        ? Array.from({ length: count }, () => kind.generate(random, dialect))
        : kind.generate(random, dialect);
    }
    return values;
  }
}

/** What a field that only some dialects have says where nothing is to be said: "not given" (stat(5), 9P2000.u). */
const DEFAULTS: FieldValues = Object.assign(Object.create(null) as FieldValues, {
  n_uname: 0xffffffff,
  n_uid: 0xffffffff,
  n_gid: 0xffffffff,
  n_muid: 0xffffffff,
  errno: 0,
  extension: '',
});

function readRow(from: Cursor, kind: Kind<unknown>, dialect: Dialect): unknown[] {
  const count = from.view.getUint16(from.take(2), true);
  if (count * kind.least > from.end - from.at)
    throw new MalformedError(`${count} items do not fit in the message`);
  const row: unknown[] = [];
  for (let i = 0; i < count; i++) row.push(kind.read(from, dialect));
  return row;
}

function writeRow(to: Cursor, kind: Kind<unknown>, row: readonly unknown[], dialect: Dialect): void {
  to.view.setUint16(to.at, row.length, true);
  to.at += 2;
  for (const item of row) kind.write(to, item, dialect);
}

/** The records within messages: a file's stat and a directory's entry. */
import { describe, expect, test } from '@jest/globals';
import {
  Cursor,
  MalformedError,
  decodeMessage,
  direntSize,
  encodeMessage,
  generateMessage,
  printStat,
  readDirent,
  readStat,
  statSize,
  writeDirent,
  writeStat,
  type Dialect,
  type Dirent,
  type Stat,
} from '../../src/protocol/index.ts';
import { seeded } from './seeded.ts';

/** A Twstat of this changes nothing: every field says "leave it". */
const UNTOUCHED: Stat = {
  type: 0xffff,
  dev: 0xffff_ffff,
  qid: { type: 0xff, version: 0xffff_ffff, path: 0xffff_ffff_ffff_ffffn },
  mode: 0xffff_ffff,
  atime: 0xffff_ffff,
  mtime: 0xffff_ffff,
  length: -1,
  name: '',
  uid: '',
  gid: '',
  muid: '',
};
const UNTOUCHED_U = { ...UNTOUCHED, extension: '', n_uid: 0xffffffff, n_gid: 0xffffffff, n_muid: 0xffffffff };

function written(stat: Stat, dialect: Dialect): Uint8Array {
  const to = new Cursor(new Uint8Array(statSize(stat, dialect)));
  writeStat(to, stat, dialect);
  expect(to.at).toBe(to.end);
  return to.bytes;
}

describe('a stat that leaves everything as it is', () => {
  test('is all ones and empty strings', () => {
    const bytes = written(UNTOUCHED, '9P2000');
    expect(bytes.subarray(0, 2)).toEqual(Uint8Array.of(47, 0));
    expect(bytes.subarray(2, 41)).toEqual(new Uint8Array(39).fill(0xff));
    expect(bytes.subarray(41)).toEqual(new Uint8Array(8));
    expect(readStat(new Cursor(bytes), '9P2000')).toEqual(UNTOUCHED);
  });

  test('has "not given" ids in 9P2000.u', () => {
    const bytes = written(UNTOUCHED, '9P2000.u');
    expect(bytes.subarray(-12)).toEqual(new Uint8Array(12).fill(0xff));
    expect(readStat(new Cursor(bytes), '9P2000.u')).toEqual(UNTOUCHED_U);
  });
});

test.each(['9P2000', '9P2000.u'] as const)('stats follow one another in a directory (%s)', (dialect) => {
  const stats = Array.from({ length: 50 }, (_, seed) => generateMessage('Rstat', seeded(seed), dialect).stat);
  const to = new Cursor(new Uint8Array(stats.reduce((sum, stat) => sum + statSize(stat, dialect), 0)));
  for (const stat of stats) writeStat(to, stat, dialect);
  expect(to.at).toBe(to.end);
  const from = new Cursor(to.bytes);
  expect(stats.map(() => readStat(from, dialect))).toEqual(stats);
  expect(from.at).toBe(from.end);
});

test('in a message a stat has two sizes, the outer larger by two', () => {
  const bytes = encodeMessage({ type: 'Rstat', tag: 1, stat: UNTOUCHED }, '9P2000');
  const view = new DataView(bytes.buffer);
  expect([view.getUint16(7, true), view.getUint16(9, true)]).toEqual([49, 47]);
  view.setUint16(7, 47, true);
  expect(() => decodeMessage(bytes, '9P2000')).toThrow(MalformedError);
});

test('a stat whose size is not that of its fields is malformed, and the cursor keeps its end', () => {
  for (const size of [46, 48]) {
    const bytes = Uint8Array.of(...written(UNTOUCHED, '9P2000'), 0);
    bytes[0] = size;
    const from = new Cursor(bytes);
    expect(() => readStat(from, '9P2000')).toThrow(MalformedError);
    expect(from.end).toBe(bytes.length);
  }
});

test('a stat that does not fit in an Rstat is refused by its size', () => {
  const stat = (length: number): Stat => ({
    ...UNTOUCHED,
    name: 'n'.repeat(length),
    uid: 'u'.repeat(30_000),
  });
  const rest = statSize(stat(0), '9P2000');
  expect(
    decodeMessage(encodeMessage({ type: 'Rstat', tag: 1, stat: stat(65535 - rest) }, '9P2000'), '9P2000'),
  ).toEqual({ type: 'Rstat', tag: 1, stat: stat(65535 - rest) });
  expect(() => encodeMessage({ type: 'Rstat', tag: 1, stat: stat(65536 - rest) }, '9P2000')).toThrow(
    RangeError,
  );
});

test('a stat is printed without what it does not have', () => {
  expect(printStat({ ...UNTOUCHED, name: 'x', qid: { type: 0, version: 1, path: 255n } })).toBe(
    '{type 65535 dev ~0 qid (ff 1 -) mode ~0 atime ~0 mtime ~0 length -1 name "x" uid "" gid "" muid ""}',
  );
});

test('directory entries of 9P2000.L follow one another', () => {
  const entries: Dirent[] = ['.', '..', 'é', '\udcff', 'x'.repeat(255)].map((name, i) => ({
    qid: { type: 0x80, version: 0, path: BigInt(i) },
    offset: 0xffff_ffff_ffff_fff0n + BigInt(i),
    type: 4,
    name,
  }));
  const to = new Cursor(new Uint8Array(entries.reduce((sum, { name }) => sum + direntSize(name), 0)));
  for (const entry of entries) writeDirent(to, entry);
  expect(to.at).toBe(to.end);
  const from = new Cursor(to.bytes);
  expect(entries.map(() => readDirent(from))).toEqual(entries);
  expect(from.at).toBe(from.end);
});

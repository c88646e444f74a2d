/** With koffi and without, as root and as another user: the same is done, and what cannot be done says so. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { battery } from './battery.ts';
import { folder, isRoot, testUnless } from './support.ts';

const NOBODY = 65534;

interface Report {
  readonly seen: Record<string, unknown>;
  readonly outcomes: Record<string, string>;
  readonly uid: number;
}

const path = folder();
chmodSync(path, 0o755);
/** Loaded before anything else in a child: there koffi is not installed. */
const preload = `${path}/preload.cjs`;
writeFileSync(
  preload,
  `const Module = require('node:module');
   const load = Module._load;
   Module._load = function (request, ...rest) {
     if (request !== 'koffi') return load.call(this, request, ...rest);
     throw Object.assign(new Error('Cannot find module koffi'), { code: 'MODULE_NOT_FOUND' });
   };`,
);

/** What a process of its own reports, or why it could not be run. */
function child(name: string, koffi: boolean, uid?: number): Report | string {
  const own = `${path}/${name}`;
  mkdirSync(own);
  if (uid !== undefined) chownSync(own, uid, uid);
  const program = fileURLToPath(new URL('./without.js', import.meta.url));
  const { stdout, stderr, error } = spawnSync(
    process.execPath,
    [...(koffi ? [] : ['--require', preload]), program, own],
    { encoding: 'utf8', timeout: 15_000, cwd: '/', ...(uid !== undefined && { uid, gid: uid }) },
  );
  return stdout === '' ? (error?.message ?? stderr.trim()) : (JSON.parse(stdout) as Report);
}

function reportOf(name: string, koffi: boolean, uid?: number): Report {
  const report = child(name, koffi, uid);
  if (typeof report === 'string') throw new Error(report);
  return report;
}

// JSON leaves out what is undefined: everywhere.
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('without koffi the same is seen, and what is missing is EOPNOTSUPP', async () => {
  mkdirSync(`${path}/here`);
  const { seen, outcomes } = reportOf('without', false);
  expect(seen).toEqual(plain(await battery(`${path}/here`)));
  expect(Object.keys(outcomes).length).toBeGreaterThan(5);
  for (const [name, code] of Object.entries(outcomes)) expect([name, code]).toEqual([name, 'EOPNOTSUPP']);
});

test('what is seen', async () => {
  mkdirSync(`${path}/again`);
  expect(await battery(`${path}/again`)).toMatchObject({
    content: 'content',
    taken: 'EEXIST',
    big: 3_000_000,
    appended: 'content more',
    unlinked: 0,
    unlinkedToo: 12,
    gone: 'ENOENT',
    listed: 500,
    types: ['file 0'],
    rewound: 300,
    full: 'ENOTEMPTY',
    asFile: 'EISDIR',
    'taken by a rename': 'EEXIST',
    'moved with it': 'file',
    'onto a file': 'ENOTDIR',
    readlink: '../caf\udce9',
    through: 'ENOTDIR',
    opened: 'ELOOP',
    nlink: 2,
    'hard symlink': '../caf\udce9',
    all: 'done',
    'all: state': { mode: 0o100600, size: 3, atimeMs: 1_000_000_000_500, mtimeMs: 1_000_000_000_500 },
    'atime alone': 'done',
    'atime alone: state': { size: 3, atimeMs: 5000, mtimeMs: 1_000_000_000_500 },
    'another owner': 'EPERM',
    'another owner: state': { mode: 0o100600, size: 3 },
  });
});

const elsewhere = isRoot ? child('probe', true, NOBODY) : 'it needs root';
const cannot =
  typeof elsewhere === 'string' ? `another user cannot run the program: ${elsewhere}` : undefined;

testUnless(cannot, 'another user than root sees the same, but for what it may not do', () => {
  const [withKoffi, without] = [reportOf('other', true, NOBODY), reportOf('otherWithout', false, NOBODY)];
  expect(withKoffi.uid).toBe(NOBODY);
  expect(without.seen).toEqual(withKoffi.seen);
  expect(withKoffi.seen).toMatchObject({
    big: 3_000_000,
    listed: 500,
    'another owner': 'EPERM',
    'size of a file that is not writable': 'EACCES',
    'size of a file that is not writable: state': { mode: 0o100400, size: 3 },
  });
  expect(withKoffi.outcomes).toMatchObject({ lock: '', getLock: '', allocate: '', seek: '', mknod: '' });
});

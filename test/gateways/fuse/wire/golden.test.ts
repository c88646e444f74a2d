/** The wire against the kernel's header file, as a C compiler reads it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { FOPEN, INIT, OP } from '../../../../src/gateways/fuse/wire/constants.ts';
import { DirectoryPage } from '../../../../src/gateways/fuse/wire/directory.ts';
import { negotiate } from '../../../../src/gateways/fuse/wire/init.ts';
import {
  invalidateAttributes,
  invalidateContent,
  invalidateEntry,
  pollWakeup,
} from '../../../../src/gateways/fuse/wire/notify.ts';
import { parseRequest } from '../../../../src/gateways/fuse/wire/parse.ts';
import {
  absentReply,
  attrReply,
  createReply,
  dataReply,
  emptyReply,
  entryReply,
  errorReply,
  finish,
  headerFor,
  lockReply,
  openReply,
  pollReply,
  seekReply,
  statfsReply,
  writeReply,
  xattrSizeReply,
  type EntryOut,
} from '../../../../src/gateways/fuse/wire/reply.ts';
import type { FuseCall } from '../../../../src/gateways/fuse/wire/request.ts';
import { root } from '../../../root.ts';
import { HEADER, INIT_REQUEST, UNIQUE } from './messages.ts';

const OWNER = 0xfedcba9876543210n;
const BIG = 0x1_0000_0007;
const O_WRONLY = 1;
const O_RDWR = 2;
const O_TRUNC = 0o1000;
const O_DIRECTORY = 0o200000;

/** Compiles the program and runs it; or says why not. */
function compile(): ReadonlyMap<string, string> | string {
  const directory = mkdtempSync(join(tmpdir(), 'nines-golden-'));
  try {
    const program = join(directory, 'golden');
    const source = join(root, 'test/gateways/fuse/wire/golden.c');
    execFileSync('gcc', ['-D_GNU_SOURCE', '-o', program, source], { stdio: 'pipe', timeout: 20_000 });
    const lines = execFileSync(program, { encoding: 'utf8' }).trim().split('\n');
    return new Map(lines.map((line) => line.split(' ') as [string, string]));
  } catch (error) {
    return `no gcc, or a linux/fuse.h older than 7.38: ${String(error).split('\n')[0]}`;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const compiled = compile();
const golden = typeof compiled === 'string' ? new Map<string, string>() : compiled;
if (typeof compiled === 'string') process.stderr.write(`golden bytes of FUSE: skipped, ${compiled}\n`);
const describeGolden = typeof compiled === 'string' ? describe.skip : describe;

const bytesOf = (name: string): Uint8Array => new Uint8Array(Buffer.from(golden.get(name)!, 'hex'));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const REQUESTS: Readonly<Record<string, FuseCall>> = {
  init: { op: 'init', ...INIT_REQUEST },
  destroy: { op: 'destroy' },
  lookup: { op: 'lookup', name: 'grün' },
  forget: { op: 'forget', forgets: [{ node: 7, lookups: 3 }] },
  'batch-forget': {
    op: 'forget',
    forgets: [
      { node: 8, lookups: 1 },
      { node: 9, lookups: 2 ** 32 },
    ],
  },
  getattr: { op: 'getattr', open: undefined },
  'getattr-open': { op: 'getattr', open: 5 },
  setattr: {
    op: 'setattr',
    open: 5,
    change: {
      mode: 0o6750,
      uid: 8,
      gid: 9,
      size: 0x1234567890,
      atime: { sec: -2, nsec: 4 },
      mtime: { sec: 1_700_000_000, nsec: 999_999_999 },
      killPrivileges: true,
    },
  },
  'setattr-now': {
    op: 'setattr',
    open: undefined,
    change: { atime: 'now', mtime: 'now', killPrivileges: false },
  },
  readlink: { op: 'readlink' },
  symlink: { op: 'symlink', name: 'name', target: 'target/of it' },
  mknod: { op: 'mknod', name: 'disk', mode: 0o060640, major: 259, minor: 0xabc12 },
  mkdir: { op: 'mkdir', name: 'sub', mode: 0o1755 },
  unlink: { op: 'unlink', name: 'old' },
  rmdir: { op: 'rmdir', name: 'sub' },
  rename: { op: 'rename', name: 'from', toNode: 11, toName: 'to', flags: 0 },
  rename2: { op: 'rename', name: 'from', toNode: 11, toName: 'to', flags: 1 },
  link: { op: 'link', target: 12, name: 'another' },
  open: { op: 'open', flags: O_RDWR | O_TRUNC, killPrivileges: true },
  opendir: { op: 'opendir', flags: O_DIRECTORY },
  create: { op: 'create', name: 'new', flags: O_WRONLY, mode: 0o644, killPrivileges: false },
  read: { op: 'read', open: 5, offset: 0x1f0000000, size: 131_072, flags: O_RDWR },
  write: {
    op: 'write',
    open: 5,
    offset: 0x1f0000000,
    data: new TextEncoder().encode('content'),
    flags: O_RDWR,
    fromCache: false,
    killPrivileges: true,
  },
  statfs: { op: 'statfs' },
  release: { op: 'release', open: 5, owner: undefined },
  'release-flock': { op: 'release', open: 5, owner: OWNER },
  releasedir: { op: 'release', open: 6, owner: undefined },
  fsync: { op: 'fsync', open: 5, dataOnly: true },
  fsyncdir: { op: 'fsyncdir', open: 6, dataOnly: false },
  flush: { op: 'flush', open: 5, owner: OWNER },
  setxattr: { op: 'setxattr', name: 'user.a', value: new TextEncoder().encode('value'), how: 'create' },
  getxattr: { op: 'getxattr', name: 'user.a', size: 64 },
  listxattr: { op: 'listxattr', size: 0 },
  removexattr: { op: 'removexattr', name: 'user.a' },
  readdir: { op: 'readdir', open: 6, offset: OWNER, size: 4096, plus: false },
  readdirplus: { op: 'readdir', open: 6, offset: 0n, size: 4096, plus: true },
  getlk: { op: 'getlk', open: 5, owner: OWNER, lock: { start: 10, end: 19, type: 'write', pid: 77 } },
  setlk: {
    op: 'setlk',
    open: 5,
    owner: OWNER,
    lock: { start: 10, end: 19, type: 'write', pid: 77 },
    wait: false,
    flock: false,
  },
  setlkw: {
    op: 'setlk',
    open: 5,
    owner: OWNER,
    lock: { start: 0, end: Infinity, type: 'read', pid: 77 },
    wait: true,
    flock: true,
  },
  access: { op: 'access', mask: 6 },
  interrupt: { op: 'interrupt', request: 0x1_0000_0004 },
  ioctl: { op: 'unknown', opcode: 39, errno: 25 },
  poll: { op: 'poll', open: 5, poll: OWNER, notify: true, events: 5 },
  fallocate: { op: 'fallocate', open: 5, offset: 4096, length: 0x200000000, mode: 3 },
  lseek: { op: 'lseek', open: 5, offset: 0x200000000, whence: 4 },
  'copy-file-range': { op: 'unknown', opcode: 47, errno: 38 },
};

const ENTRY: EntryOut = {
  node: BIG,
  entryValidFor: 86_400,
  validFor: 1.5,
  attr: {
    ino: OWNER,
    size: 0x1234567890,
    blocks: 0x91a2b3c,
    atime: { sec: -2, nsec: 4 },
    mtime: { sec: 1_700_000_000, nsec: 999_999_999 },
    ctime: { sec: 1_700_000_001, nsec: 6 },
    mode: 0o060640,
    nlink: 2,
    uid: 1000,
    gid: 100,
    major: 259,
    minor: 0xabc12,
    blksize: 4096,
  },
};
const OPENED = { open: 5, flags: FOPEN.DIRECT_IO | FOPEN.STREAM };

const REPLIES: Readonly<Record<string, () => Uint8Array>> = {
  entry: () => finish(entryReply(ENTRY), UNIQUE),
  absent: () => finish(absentReply(60), UNIQUE),
  attr: () => finish(attrReply({ ...ENTRY, validFor: Infinity }), UNIQUE),
  opened: () => finish(openReply(OPENED), UNIQUE),
  created: () => finish(createReply(ENTRY, OPENED), UNIQUE),
  written: () => finish(writeReply(1_048_576), UNIQUE),
  figures: () => {
    const [blocks, bfree, bavail, files, ffree] = [2 ** 32, 2, 3, 4, 5];
    const figures = { bsize: 4096, blocks, bfree, bavail, files, ffree, fsid: 9n, namelen: 255 };
    return finish(statfsReply(figures), UNIQUE);
  },
  'xattr-size': () => finish(xattrSizeReply(17), UNIQUE),
  lock: () => finish(lockReply({ start: 10, end: 19, type: 'write', pid: 77 }), UNIQUE),
  'whole-lock': () => finish(lockReply({ start: 0, end: Infinity, type: 'unlock', pid: 0 }), UNIQUE),
  polled: () => finish(pollReply(5), UNIQUE),
  sought: () => finish(seekReply(0x200000000), UNIQUE),
  data: () => finish(dataReply(new TextEncoder().encode('bytes')), UNIQUE),
  empty: () => finish(emptyReply(), UNIQUE),
  error: () => errorReply(UNIQUE, 2),
  page: () => pageOf(false),
  'page-plus': () => pageOf(true),
  'init-reply': () => {
    const negotiated = negotiate({ ...HEADER, op: 'init', ...INIT_REQUEST });
    return 'reply' in negotiated ? finish(negotiated.reply, UNIQUE) : new Uint8Array();
  },
  'inval-attributes': () => invalidateAttributes(BIG),
  'inval-content': () => invalidateContent(BIG),
  'inval-entry': () => invalidateEntry(7, 'grün'),
  'poll-wakeup': () => pollWakeup(OWNER),
};

function pageOf(plus: boolean): Uint8Array {
  const page = new DirectoryPage(4096, plus);
  page.add({ name: 'a', ino: 3n, cookie: OWNER, type: 8 }, ENTRY);
  page.add({ name: 'directory-entry', ino: 4n, cookie: OWNER + 1n, type: 4 });
  return finish(page.bytes, UNIQUE);
}

describeGolden('the bytes of linux/fuse.h', () => {
  test('every message of the program has its test', () => {
    expect([...golden.keys()]).toEqual([...Object.keys(REQUESTS), ...Object.keys(REPLIES)]);
  });

  test('every opcode that is known has its message', () => {
    const opcodes = Object.keys(REQUESTS).map((name) => Buffer.from(bytesOf(name)).readUInt32LE(4));
    expect(Object.values(OP).filter((opcode) => !opcodes.includes(opcode))).toEqual([]);
  });

  test.each(Object.entries(REQUESTS))('%s is parsed', (name, call) => {
    expect(parseRequest(bytesOf(name))).toEqual({ ...HEADER, ...call });
  });

  test.each(Object.entries(REPLIES))('%s is encoded', (name, encode) => {
    expect(hex(encode())).toBe(golden.get(name));
  });

  test('data that is sent from where it is has the same header', () => {
    expect(hex(headerFor(UNIQUE, 5))).toBe(golden.get('data')!.slice(0, 32));
  });

  test('flags of INIT are the bits of the header file', () => {
    const { flags } = parseRequest(bytesOf('init')) as { flags: bigint };
    expect(flags).toBe(INIT.INIT_EXT | INIT.BIG_WRITES | INIT.DIRECT_IO_ALLOW_MMAP);
  });
});

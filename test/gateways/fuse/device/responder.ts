/**
 * A file system in memory, served straight on the device, in a process of its own: nobody may touch a mount that he
 * serves. Usage: responder.js DIRECTORY READER. It says what happens on its standard output, a line each, and does what
 * it is told on its standard input.
 */
import { spawnSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { openDevice } from '../../../../src/gateways/fuse/device/index.ts';
import { FOPEN, OUT_HEADER } from '../../../../src/gateways/fuse/wire/constants.ts';
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
  dataMessage,
  emptyReply,
  entryReply,
  errorReply,
  finish,
  headerFor,
  lockReply,
  openReply,
  pollReply,
  recycle,
  seekReply,
  statfsReply,
  trim,
  writeReply,
  xattrSizeReply,
  type EntryOut,
  type FuseAttr,
} from '../../../../src/gateways/fuse/wire/reply.ts';
import type { FuseRequest, RequestFor } from '../../../../src/gateways/fuse/wire/request.ts';

const POLLIN = 1;
const ENOENT = 2;
const EINTR = 4;
const ENODATA = 61;
const ENOSYS = 38;

interface Node {
  readonly number: number;
  readonly name: string;
  data: Uint8Array;
  size: number;
}

const ROOT = 1;
const HELLO = new TextEncoder().encode('hello, kernel\n');
const nodes = new Map<number, Node>();
/** Reads of the files `wait` and `page`: they wait for the word `news`, or for an interrupt. */
const waiting = new Map<number, RequestFor<'read'>>();
/** Numbers of the kernel, of whoever polls. */
const polls = new Set<bigint>();
let ready = false;
let validFor = 0;
let counts: Record<string, number> = {};

function add(name: string, data = new Uint8Array()): Node {
  const node = { number: nodes.size + 2, name, data, size: data.length };
  nodes.set(node.number, node);
  return node;
}

add('hello', HELLO);
add('wait');
/** The kernel caches it, and locks what it waits for, once: the news stays. */
const page = add('page');
page.size = 4;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function attrOf(number: number): FuseAttr {
  const time = { sec: 1_700_000_000, nsec: 123_456_789 };
  const size = nodes.get(number)?.size ?? 0;
  const mode = number === ROOT ? 0o040755 : 0o100644;
  const common = {
    blocks: Math.ceil(size / 512),
    nlink: 1,
    uid: 0,
    gid: 0,
    major: 0,
    minor: 0,
    blksize: 4096,
  };
  return { ino: BigInt(number), size, atime: time, mtime: time, ctime: time, mode, ...common };
}

const entryOf = (number: number): EntryOut => ({
  node: number,
  attr: attrOf(number),
  validFor,
  entryValidFor: validFor,
});

const find = (name: string): Node | undefined => [...nodes.values()].find((node) => node.name === name);

function listing({ offset, size, plus }: RequestFor<'readdir'>): Uint8Array {
  const listed = new DirectoryPage(size, plus);
  const all = [...nodes.values()];
  for (let i = Number(offset); i < all.length; i++) {
    const { name, number } = all[i];
    const entry = { name, ino: BigInt(number), type: 8, cookie: BigInt(i + 1) };
    if (!listed.add(entry, plus ? entryOf(number) : undefined)) break;
  }
  return listed.bytes;
}

function write({ node: number, offset, data }: RequestFor<'write'>): Uint8Array {
  const node = nodes.get(number)!;
  const end = offset + data.length;
  if (end > node.data.length) {
    const grown = new Uint8Array(Math.max(end, node.data.length * 2));
    grown.set(node.data);
    node.data = grown;
  }
  node.data.set(data, offset);
  node.size = Math.max(node.size, end);
  return writeReply(data.length);
}

/** The answer to a request; undefined if there is none, or none yet. A number is an errno. */
function answer(request: FuseRequest): Uint8Array | number | undefined {
  switch (request.op) {
    case 'init': {
      const settled = negotiate(request, { readDirPlus: true });
      if ('errno' in settled) return settled.errno;
      say(`init ${request.major}.${request.minor} ${settled.agreed?.flags}`);
      return settled.reply;
    }
    case 'lookup': {
      const node = find(request.name);
      return node ? entryReply(entryOf(node.number)) : request.name === 'absent' ? absentReply(60) : ENOENT;
    }
    case 'getattr':
      return attrReply({ attr: attrOf(request.node), validFor });
    case 'setattr': {
      const node = nodes.get(request.node);
      if (node && request.change.size !== undefined) node.size = request.change.size;
      return attrReply({ attr: attrOf(request.node), validFor });
    }
    case 'open':
      return openReply({
        open: 1,
        flags: nodes.get(request.node)?.name === 'wait' ? FOPEN.DIRECT_IO | FOPEN.STREAM : 0,
      });
    case 'opendir':
      return openReply({ open: 2, flags: 0 });
    case 'create':
      say(`created ${request.name}`);
      return createReply(entryOf(add(request.name).number), { open: 1, flags: 0 });
    case 'read':
      return read(request);
    case 'write':
      return write(request);
    case 'readdir':
      return listing(request);
    case 'statfs':
      return statfsReply({
        bsize: 4096,
        blocks: 1000,
        bfree: 600,
        bavail: 500,
        files: 9,
        ffree: 7,
        fsid: 0n,
        namelen: 255,
      });
    case 'getlk':
      return lockReply({ ...request.lock, type: 'unlock' });
    case 'lseek':
      return seekReply(request.offset);
    case 'listxattr':
      return request.size === 0 ? xattrSizeReply(0) : emptyReply();
    case 'getxattr':
      return ENODATA;
    case 'poll':
      if (request.notify) polls.add(request.poll);
      say('polled');
      return pollReply(ready ? POLLIN : 0);
    case 'interrupt': {
      const read = waiting.get(request.request);
      waiting.delete(request.request);
      if (read) device.send(errorReply(read.unique, EINTR));
      return undefined;
    }
    case 'forget':
      return undefined;
    case 'setlk':
    case 'access':
    case 'flush':
    case 'release':
    case 'fsync':
    case 'fsyncdir':
    case 'fallocate':
    case 'destroy':
      return emptyReply();
    case 'unknown':
      return request.errno;
    default:
      return ENOSYS;
  }
}

function read(request: RequestFor<'read'>): Uint8Array | number | undefined {
  const { node: number, offset, size } = request;
  const node = nodes.get(number)!;
  if (node.name === 'wait' || (node === page && page.data.length === 0)) {
    waiting.set(request.unique, request);
    say('waiting');
    return undefined;
  }
  const bytes = node.data.subarray(offset, Math.min(node.size, offset + size));
  if (node.name === 'parts') {
    device.sendParts(headerFor(request.unique, bytes.length), bytes);
    return undefined;
  }
  const message = dataMessage(size);
  message.set(bytes, OUT_HEADER);
  return trim(message, bytes.length);
}

/** Answers at once; or later, if the name of the file says so. */
function handle(message: Uint8Array): void | Promise<void> {
  const request = parseRequest(message);
  counts[request.op] = (counts[request.op] ?? 0) + 1;
  if (request.op === 'write' && nodes.get(request.node)!.name.startsWith('slow')) {
    return new Promise((resolve) => setTimeout(() => resolve(respond(request)), 5));
  }
  respond(request);
}

function respond(request: FuseRequest): void {
  const result = answer(request);
  if (result === undefined) return;
  if (typeof result === 'number') return device.send(errorReply(request.unique, result));
  device.send(finish(result, request.unique));
  recycle(result);
}

const [, , directory, reader] = process.argv;
const fd = openSync('/dev/fuse', 'r+');
const options = 'fd=3,rootmode=40000,user_id=0,group_id=0,allow_other,max_read=1048576';
const mounted = spawnSync('mount', ['-i', '-t', 'fuse', '-o', options, 'nines-test', directory], {
  stdio: ['ignore', 'inherit', 'inherit', fd],
});
if (mounted.status !== 0) process.exit(mounted.status ?? 1);

const device = openDevice(fd, handle, reader === '' ? {} : { reader: reader as 'poll' | 'thread' });
say(`reader ${device.reader}`);
void device.closed().then((error) => say(`closed ${error?.message ?? 'well'}`));

const words: Readonly<Record<string, (rest: string) => void>> = {
  /** Whatever is under way. */
  exit: (code) => process.exit(Number(code)),
  'exit-when-closed': (code) => void device.closed().then(() => process.exit(Number(code))),
  close: () => device.close(),
  valid: (seconds) => (validFor = Number(seconds)),
  set: (text) => {
    const node = find('hello')!;
    node.data = new TextEncoder().encode(text);
    node.size = node.data.length;
  },
  news: (text) => {
    page.data = new TextEncoder().encode(text);
    for (const { unique } of waiting.values()) {
      const message = dataMessage(text.length);
      message.set(new TextEncoder().encode(text), OUT_HEADER);
      device.send(finish(message, unique));
    }
    waiting.clear();
  },
  attributes: () => void device.notify(invalidateAttributes(find('hello')!.number)).then(() => say('told')),
  content: () => void device.notify(invalidateContent(find('hello')!.number)).then(() => say('told')),
  entry: () => void device.notify(invalidateEntry(ROOT, 'hello')).then(() => say('told')),
  /** While a read of it is pending, this waits in the kernel for its page. */
  stuck: () => void device.notify(invalidateContent(page.number)).then(() => say('told')),
  wake: () => {
    ready = true;
    for (const poll of polls) void device.notify(pollWakeup(poll)).then(() => say('told'));
    polls.clear();
  },
  counts: () => {
    say(JSON.stringify(counts));
    counts = {};
  },
};

const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  const [word, rest = ''] = line.split(/ (.*)/, 2);
  words[word]?.(rest);
});
void device.closed().then(() => {
  input.close();
  process.stdin.destroy();
});

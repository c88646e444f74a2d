/** Everything that can be done to a file, and what comes of it for each of four users: on any Chan of the same tree. */
import { expect } from '@jest/globals';
import {
  Chan,
  READ,
  READ_WRITE,
  REWRITE,
  WRITE,
  codeOf,
  openMode,
  type File,
  type LockOwner,
  type Request,
  type User,
} from '../../../src/file/index.ts';
import type { Rule } from '../../../src/namespaces/allow/index.ts';
import { ram } from '../../../src/resources/index.ts';

/**
 * Who serves, who may change /pub but not /pub/old, who may read /pub, and who is in no line. All but the first are
 * superusers, whom no permission bit keeps from anything.
 */
export const GLENDA: User = { name: 'glenda', uid: 1000, gid: 1000, serves: true };
export const KEN: User = { name: 'ken', uid: 0 };
export const ROB: User = { name: 'rob', uid: 0 };
export const URIEL: User = { name: 'uriel', uid: 0 };
export const USERS = [GLENDA, KEN, ROB, URIEL] as const;

export const RULES: readonly Rule[] = [
  { user: 'ken', access: 'rw', path: '/pub' },
  { user: 'ken', access: 'ro', path: '/pub/old' },
  { user: 'rob', access: 'ro', path: '/pub' },
];

export const requestOf = (user: User): Request => ({ user, aname: '', signal: new AbortController().signal });

/** The tree that all of them want. */
export async function tree(): Promise<File> {
  const root = ram({ owner: GLENDA, mode: 0o777 });
  const r = requestOf(GLENDA);
  const at = Chan.attach(root);
  const inside = async (path: string): Promise<Chan> => walk(at, path, r);
  for (const path of ['pub', 'private']) await at.mkdir(path, { mode: 0o777 }, r);
  for (const path of ['dir', 'old', 'empty']) await (await inside('pub')).mkdir(path, { mode: 0o777 }, r);
  for (const path of ['pub/file', 'pub/dir/inner', 'pub/old/file', 'private/secret', 'top']) {
    const slash = path.lastIndexOf('/');
    const file = await inside(path.slice(0, Math.max(slash, 0)));
    await file.create(path.slice(slash + 1), { mode: 0o666 }, REWRITE, r);
    await file.write(0, Buffer.from(`content of ${path}`), r);
    await (await file.xattrs('write', r)).set('user.k', Buffer.from('v'), 'any', r);
    await file.close('clunk', r);
  }
  await (await inside('pub')).symlink('link', 'file', { mode: 0o777 }, r);
  return root;
}

async function walk(from: Chan, path: string, r: Request): Promise<Chan> {
  const { chan, error } = await from.walk(path.split('/').filter(Boolean), r);
  if (!chan) throw error;
  return chan;
}

/** What is in a tree: paths, kinds, bits, attributes, contents. */
export async function snapshot(root: File): Promise<readonly string[]> {
  const r = requestOf(GLENDA);
  const lines: string[] = [];
  const visit = async (chan: Chan, path: string): Promise<void> => {
    const { type, mode, size, nlink } = await chan.attr(r);
    const xattrs = await (await chan.xattrs('read', r)).list(r);
    lines.push([path, type, mode.toString(8), size, nlink, ...xattrs].join(' '));
    if (type === 'symlink' || type === 'fifo') return;
    await chan.open(READ, r);
    if (type === 'dir') {
      for await (const { name } of chan.list(0n, r)) {
        await visit(await walk(chan, name, r), `${path}/${name}`);
      }
    } else lines.push(Buffer.from(await chan.take(0, 100, r)).toString());
  };
  await visit(Chan.attach(root), '');
  return lines;
}

/** What an operation has to work with. */
export interface Kit {
  readonly r: Request;
  readonly at: (path: string) => Promise<Chan>;
}

/** Where Chans come from: this process, or a dialect. */
export type Door = 'direct' | '9P2000.L' | '9P2000.u' | '9P2000';

const LINUX: readonly Door[] = ['direct', '9P2000.L'];
const UNIX: readonly Door[] = ['direct', '9P2000.L', '9P2000.u'];

export interface Operation {
  readonly name: string;
  run(kit: Kit): Promise<unknown>;
  /** What comes of it for ken and rob; uriel is let in nowhere. Ken's is rob's, if not given. */
  readonly rob: string;
  readonly ken?: string;
  /** The doors that have it; all, if not given. */
  readonly doors?: readonly Door[];
}

const process: LockOwner = { session: {}, client: 'test', process: 1 };
const spec = { mode: 0o666 };
const dirSpec = { mode: 0o777 };

async function opened(kit: Kit, path: string, mode = READ): Promise<Chan> {
  const chan = await kit.at(path);
  await chan.open(mode, kit.r);
  return chan;
}

async function names(kit: Kit, path: string): Promise<string> {
  const found: string[] = [];
  for await (const { name } of (await opened(kit, path)).list(0n, kit.r)) found.push(name);
  return found.toSorted().join(' ');
}

/** What anyone does who may see /pub. */
const reading: readonly Operation[] = [
  { name: 'attr of a file', run: async (k) => (await (await k.at('pub/file')).attr(k.r)).size, rob: '19' },
  {
    name: 'read',
    run: async (k) => Buffer.from(await (await opened(k, 'pub/file')).take(0, 99, k.r)).toString(),
    rob: 'content of pub/file',
  },
  { name: 'list', run: (k) => names(k, 'pub'), rob: 'dir empty file link old' },
  { name: 'list the root', run: (k) => names(k, ''), rob: 'pub' },
  { name: 'list further below', run: (k) => names(k, 'pub/dir'), rob: 'inner' },
  { name: 'readlink', run: async (k) => (await k.at('pub/link')).readlink(k.r), rob: 'file', doors: UNIX },
  {
    name: 'statfs',
    run: async (k) => (await (await k.at('pub')).statfs(k.r)).namelen,
    rob: '255',
    doors: LINUX,
  },
  {
    name: 'xattrs',
    run: async (k) => (await (await k.at('pub/file')).xattrs('read', k.r)).list(k.r),
    rob: 'user.k',
    doors: LINUX,
  },
  {
    name: 'xattr',
    run: async (k) => {
      const value = await (await (await k.at('pub/file')).xattrs('read', k.r)).get('user.k', k.r);
      return Buffer.from(value).toString();
    },
    rob: 'v',
    doors: LINUX,
  },
  {
    name: 'a write lock on a file that is open for reading',
    run: async (k) => {
      const request = { type: 'write', owner: process, start: 0, length: 1 } as const;
      return (await opened(k, 'pub/file')).lock(request, k.r);
    },
    rob: 'true',
    doors: LINUX,
  },
  {
    name: 'getlock',
    run: async (k) => {
      const request = { type: 'write', owner: process, start: 0, length: 1 } as const;
      return (await (await opened(k, 'pub/file')).getLock(request, k.r)) ?? 'free';
    },
    rob: 'free',
    doors: LINUX,
  },
  {
    name: 'seek',
    run: async (k) => (await opened(k, 'pub/file')).seek(0, 'data', k.r),
    rob: '0',
    doors: ['direct'],
  },
  { name: 'sync', run: async (k) => (await opened(k, 'pub/file')).sync(false, k.r), rob: 'done' },
  { name: 'flush', run: async (k) => (await opened(k, 'pub/file')).flush(k.r), rob: 'done' },
  {
    name: 'up and down',
    run: async (k) => (await k.at('pub/dir/../../pub/../../pub/file')).path,
    rob: '/pub/file',
  },
];

const changing: readonly Omit<Operation, 'rob' | 'ken'>[] = [
  { name: 'open to write', run: (k) => opened(k, 'pub/file', WRITE) },
  { name: 'open to read and write', run: (k) => opened(k, 'pub/file', READ_WRITE) },
  { name: 'open to cut', run: (k) => opened(k, 'pub/file', openMode({ read: true, truncate: true })) },
  {
    name: 'open to remove',
    run: (k) => opened(k, 'pub/file', openMode({ read: true, removeOnClose: true })),
    doors: ['direct'],
  },
  { name: 'create', run: async (k) => (await k.at('pub')).create('new', spec, REWRITE, k.r) },
  { name: 'create to be read', run: async (k) => (await k.at('pub')).create('new', spec, READ, k.r) },
  { name: 'mkdir', run: async (k) => (await k.at('pub')).mkdir('new', dirSpec, k.r) },
  { name: 'symlink', run: async (k) => (await k.at('pub')).symlink('new', 'x', spec, k.r), doors: UNIX },
  {
    name: 'link',
    run: async (k) => (await k.at('pub')).link('new', await k.at('pub/file'), k.r),
    doors: UNIX,
  },
  {
    name: 'mknod',
    run: async (k) => (await k.at('pub')).mknod('new', { ...spec, type: 'fifo', major: 0, minor: 0 }, k.r),
    doors: UNIX,
  },
  { name: 'unlink a file', run: async (k) => (await k.at('pub')).unlink('file', 'file', k.r) },
  { name: 'unlink a directory', run: async (k) => (await k.at('pub')).unlink('empty', 'dir', k.r) },
  { name: 'remove', run: async (k) => (await k.at('pub/file')).remove(k.r) },
  {
    name: 'rename',
    run: async (k) => (await k.at('pub')).rename('file', await k.at('pub'), 'new', true, k.r),
  },
  {
    name: 'rename into another directory',
    run: async (k) => (await k.at('pub')).rename('file', await k.at('pub/dir'), 'new', true, k.r),
    doors: LINUX,
  },
  {
    name: 'rename itself',
    run: async (k) => (await k.at('pub/file')).renameSelf(undefined, 'new', false, k.r),
  },
  { name: 'change', run: async (k) => (await k.at('pub/file')).change({ mode: 0o600 }, k.r) },
  { name: 'cut', run: async (k) => (await k.at('pub/file')).change({ size: 0 }, k.r) },
  { name: 'touch', run: async (k) => (await k.at('pub/file')).change({ mtime: { sec: 1, nsec: 0 } }, k.r) },
  {
    name: 'cut what is open for reading',
    run: async (k) => (await opened(k, 'pub/file')).change({ size: 0 }, k.r),
  },
  {
    name: 'set an xattr',
    run: async (k) =>
      (await (await k.at('pub/file')).xattrs('write', k.r)).set('user.n', Buffer.from('x'), 'any', k.r),
    doors: LINUX,
  },
  {
    name: 'remove an xattr',
    run: async (k) => (await (await k.at('pub/file')).xattrs('write', k.r)).remove('user.k', k.r),
    doors: LINUX,
  },
  {
    name: 'allocate',
    run: async (k) => (await opened(k, 'pub/file', WRITE)).allocate(0, 4096, false, k.r),
    doors: ['direct'],
  },
];

/** What ken, too, may only read; and what is neither's. */
const refused: readonly Operation[] = [
  { name: 'hidden: walk', run: (k) => k.at('private/secret'), rob: 'ENOENT' },
  { name: 'hidden: walk to the directory', run: (k) => k.at('private'), rob: 'ENOENT' },
  { name: 'hidden: a file beside', run: (k) => k.at('top'), rob: 'ENOENT' },
  { name: 'hidden: what is not there', run: (k) => k.at('nothing'), rob: 'ENOENT' },
  {
    name: 'the way: create',
    run: async (k) => (await k.at('')).create('new', spec, REWRITE, k.r),
    rob: 'EROFS',
  },
  {
    name: 'the way: create what is hidden',
    run: async (k) => (await k.at('')).mkdir('top', dirSpec, k.r),
    rob: 'EROFS',
  },
  { name: 'the way: mkdir', run: async (k) => (await k.at('')).mkdir('new', dirSpec, k.r), rob: 'EROFS' },
  {
    name: 'the way: unlink',
    run: async (k) => (await k.at('')).unlink('top', 'file', k.r),
    rob: 'EROFS',
    doors: LINUX,
  },
  {
    name: 'the way: unlink what is not there',
    run: async (k) => (await k.at('')).unlink('x', 'file', k.r),
    rob: 'EROFS',
    doors: LINUX,
  },
  { name: 'the way: change', run: async (k) => (await k.at('')).change({ mode: 0o700 }, k.r), rob: 'EROFS' },
  {
    name: 'the way: an xattr',
    run: async (k) => (await (await k.at('')).xattrs('read', k.r)).get('user.k', k.r),
    rob: 'ENODATA',
    doors: LINUX,
  },
  {
    name: 'the way: rename the door',
    run: async (k) => (await k.at('')).rename('pub', await k.at(''), 'p', true, k.r),
    rob: 'EROFS',
  },
  {
    name: 'the way: rename out of it',
    run: async (k) => (await k.at('')).rename('top', await k.at('pub'), 'x', true, k.r),
    rob: 'EROFS',
    doors: LINUX,
  },
  {
    name: 'the way: rename into it',
    run: async (k) => (await k.at('pub')).rename('file', await k.at(''), 'x', true, k.r),
    rob: 'EROFS',
    doors: LINUX,
  },
  {
    name: 'the way: link into it',
    run: async (k) => (await k.at('')).link('x', await k.at('pub/file'), k.r),
    rob: 'EROFS',
    doors: UNIX,
  },
  { name: 'the way: remove the door', run: async (k) => (await k.at('pub')).remove(k.r), rob: 'EROFS' },
  { name: 'old: write', run: (k) => opened(k, 'pub/old/file', WRITE), rob: 'EROFS' },
  {
    name: 'old: create',
    run: async (k) => (await k.at('pub/old')).create('new', spec, REWRITE, k.r),
    rob: 'EROFS',
  },
  {
    name: 'old: rename it',
    run: async (k) => (await k.at('pub')).rename('old', await k.at('pub'), 'new', true, k.r),
    rob: 'EROFS',
  },
  {
    name: 'old: rename out of it',
    run: async (k) => (await k.at('pub/old')).rename('file', await k.at('pub'), 'x', true, k.r),
    rob: 'EROFS',
    doors: LINUX,
  },
  {
    name: 'old: rename into it',
    run: async (k) => (await k.at('pub')).rename('file', await k.at('pub/old'), 'x', true, k.r),
    rob: 'EROFS',
    doors: LINUX,
  },
  {
    name: 'old: replace it',
    run: async (k) => (await k.at('pub')).rename('empty', await k.at('pub'), 'old', true, k.r),
    rob: 'EROFS',
    doors: LINUX,
  },
  {
    name: 'old: link from it',
    run: async (k) => (await k.at('pub')).link('x', await k.at('pub/old/file'), k.r),
    rob: 'EROFS',
    doors: UNIX,
  },
  { name: 'old: unlink it', run: async (k) => (await k.at('pub')).unlink('old', 'dir', k.r), rob: 'EROFS' },
  {
    name: 'old: change',
    run: async (k) => (await k.at('pub/old')).change({ mode: 0o700 }, k.r),
    rob: 'EROFS',
  },
];

export const OPERATIONS: readonly Operation[] = [
  ...reading,
  ...changing.map((one) => ({ ...one, rob: 'EROFS', ken: 'done' })),
  ...refused,
];

/** What came of an operation, in a word. */
export async function outcome(operation: Operation, kit: Kit): Promise<string> {
  try {
    const value = await operation.run(kit);
    const plain = ['string', 'number', 'boolean'].includes(typeof value) || Array.isArray(value);
    return plain ? String(value) : 'done';
  } catch (error) {
    return codeOf(error);
  }
}

/** Whether an outcome is an error's code. */
export const isRefusal = (word: string): boolean => /^E[A-Z]+$/.test(word);

/**
 * Runs every operation of a door on a tree of its own, and holds it against what is expected of the user; one that is
 * refused has changed nothing.
 */
export async function battery(
  door: Door,
  user: User,
  enter: (root: File) => Promise<{ readonly kit: Kit; readonly close: () => Promise<void> }>,
): Promise<void> {
  const seen: Record<string, string> = {};
  const wanted: Record<string, string> = {};
  for (const operation of OPERATIONS.filter(({ doors }) => !doors || doors.includes(door))) {
    const root = await tree();
    const before = await snapshot(root);
    const { kit, close } = await enter(root);
    const word = await outcome(operation, kit);
    await close();
    seen[operation.name] = word;
    wanted[operation.name] = expected(operation, user, word);
    if (isRefusal(word)) expect(await snapshot(root)).toEqual(before);
  }
  expect(seen).toEqual(wanted);
}

function expected({ rob, ken = rob, name }: Operation, user: User, word: string): string {
  switch (user.name) {
    case 'ken':
      return ken;
    case 'rob':
      return rob;
    case 'uriel':
      return word === 'ENOENT' ? word : 'EACCES';
    default:
      // Glenda's way is the tree's own: only where it is not there, or what Linux says of a directory, is it refused.
      if (name === 'list the root') return 'private pub top';
      return isRefusal(ken) ? (isRefusal(word) && !['EROFS', 'EACCES'].includes(word) ? word : 'done') : ken;
  }
}

export const kitOf = (root: Chan, r: Request): Kit => ({ r, at: (path) => walk(root, path, r) });

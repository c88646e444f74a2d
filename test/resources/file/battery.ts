/**
 * What a host directory does with koffi and without it alike, as a record of what was seen. A module of its own, so that
 * a process without jest, without koffi, or of another user can run it too.
 */
import { readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import {
  Chan,
  READ,
  READ_WRITE,
  REWRITE,
  codeOf,
  openMode,
  type Change,
  type Entry,
  type Request,
} from '../../../src/file/index.ts';
import { hostDirectory } from '../../../src/resources/file/index.ts';

const { username, uid, gid } = userInfo();
const signal = new AbortController().signal;
const r: Request = { user: { name: username, uid, gid, serves: true }, aname: '', signal };

const APPEND = openMode({ write: true, append: true });
const DIR = { mode: 0o755 };

async function walk(from: Chan, path: string): Promise<Chan> {
  const { chan, error } = await from.walk(path.split('/'), r);
  if (!chan) throw error;
  return chan;
}

async function put(dir: Chan, name: string, text: string, mode = 0o644): Promise<void> {
  const chan = dir.clone();
  await chan.create(name, { mode }, REWRITE, r);
  await chan.write(0, Buffer.from(text), r);
  await chan.close('clunk', r);
}

async function content(from: Chan, path: string): Promise<string> {
  const chan = await walk(from, path);
  await chan.open(READ, r);
  const into = new Uint8Array(4_000_000);
  const length = await chan.read(0, into, r);
  await chan.close('clunk', r);
  return Buffer.from(into.subarray(0, length)).toString('latin1');
}

async function list(from: Chan, cookie = 0n): Promise<Entry[]> {
  const found: Entry[] = [];
  for await (const entry of from.list(cookie, r)) found.push(entry);
  return found;
}

async function result(call: () => unknown): Promise<unknown> {
  try {
    return (await call()) ?? 'done';
  } catch (error) {
    return codeOf(error);
  }
}

/** An export of `path`, an empty directory, put to its uses. */
export async function battery(path: string): Promise<Record<string, unknown>> {
  const file = hostDirectory(path, { map: 'none' });
  const root = Chan.attach(file);
  const seen: Record<string, unknown> = {};
  const note = async (name: string, call: () => unknown): Promise<void> => {
    seen[name] = await result(call);
  };
  for (const part of [contents, directories, links, changes, names]) await part(root, path, note);
  await root.close('clunk', r);
  return seen;
}

type Note = (name: string, call: () => unknown) => Promise<void>;

async function contents(root: Chan, path: string, note: Note): Promise<void> {
  await put(root, 'file', 'content');
  await note('content', () => content(root, 'file'));
  await note('taken', () => put(root, 'file', ''));
  await put(root, 'big', 'x'.repeat(3_000_000));
  await note('big', async () => (await content(root, 'big')).length);
  const chan = await walk(root, 'file');
  await chan.open(APPEND, r);
  await chan.write(0, Buffer.from(' more'), r);
  await chan.sync(false, r);
  await chan.close('clunk', r);
  await note('appended', () => readFileSync(`${path}/file`, 'utf8'));
  const open = await walk(root, 'file');
  await open.open(READ_WRITE, r);
  await root.unlink('file', 'file', r);
  await note('unlinked', async () => (await open.attr(r)).nlink);
  await note('unlinkedToo', async () => (await open.clone().attr(r)).size);
  await open.close('clunk', r);
  await note('gone', () => content(root, 'file'));
  await note('statfs', async () => (await root.statfs(r)).bsize > 0);
}

async function directories(root: Chan, _path: string, note: Note): Promise<void> {
  await root.mkdir('dir', DIR, r);
  const dir = await walk(root, 'dir');
  for (let i = 0; i < 500; i++) await put(dir, `${i}`, '');
  const open = dir.clone();
  await open.open(READ, r);
  const first = (await list(open)).slice(0, 200);
  for (const { name } of first) await dir.unlink(name, 'file', r);
  const rest = await list(open, first.at(-1)!.cookie);
  await note('listed', () => new Set([...first, ...rest].map(({ name }) => name)).size);
  await note('types', () => [...new Set(rest.map(({ type, qid }) => `${type} ${qid.type}`))]);
  await note('rewound', async () => (await list(open)).length);
  await open.close('clunk', r);
  await note('full', () => root.unlink('dir', 'dir', r));
  await note('asFile', () => root.unlink('dir', 'file', r));
  await root.rename('dir', root, 'moved', false, r);
  await note('taken by a rename', () => root.rename('moved', root, 'big', false, r));
  await note('moved with it', async () => (await (await walk(dir, rest[0].name)).attr(r)).type);
  await note('onto a file', () => root.rename('moved', root, 'big', true, r));
}

async function links(root: Chan, path: string, note: Note): Promise<void> {
  await root.symlink('link', '../caf\udce9', { mode: 0o777 }, r);
  await note('readlink', async () => (await walk(root, 'link')).readlink(r));
  await note('through', () => walk(root, 'link/x'));
  await note('opened', () => content(root, 'link'));
  await root.link('second', await walk(root, 'big'), r);
  await note('nlink', () => statSync(`${path}/second`).nlink);
  await note('hard symlink', async () => {
    await root.link('hard', await walk(root, 'link'), r);
    return (await walk(root, 'hard')).readlink(r);
  });
}

async function changes(root: Chan, path: string, note: Note): Promise<void> {
  await put(root, 'changed', 'content', 0o4644);
  const state = () => {
    const { mode, size, mtimeMs, atimeMs } = statSync(`${path}/changed`);
    return { mode, size, mtimeMs, atimeMs };
  };
  const time = { sec: 1_000_000_000, nsec: 500_000_000 };
  const cases: Readonly<Record<string, Change>> = {
    all: { mode: 0o600, size: 3, atime: time, mtime: time },
    'atime alone': { atime: { sec: 5, nsec: 0 } },
    'another owner': { mode: 0o777, size: 0, uid: uid + 1 },
    touch: { touch: true },
    'not writable': { mode: 0o400 },
    'size of a file that is not writable': { size: 1, mode: 0o666, mtime: time },
  };
  const chan = await walk(root, 'changed');
  for (const [name, change] of Object.entries(cases)) {
    await note(name, () => chan.file.change!(change, r));
    await note(`${name}: state`, state);
  }
}

async function names(root: Chan, _path: string, note: Note): Promise<void> {
  const odd = ['new\nline', 'caf\udce9', '\udcff'.repeat(255), 'é漢🐧'];
  for (const name of odd) await put(root, name, name.slice(0, 1) === 'n' ? 'x' : 'y');
  const open = root.clone();
  await open.open(READ, r);
  await note('odd names', async () => (await list(open)).map(({ name }) => name).toSorted());
  await open.close('clunk', r);
  for (const name of ['x'.repeat(256), 'nul\0', '\ud800', 'a/b', '..', '']) {
    await note(`bad name ${JSON.stringify(name.slice(0, 9))}`, () => root.file.walk!(name, r));
  }
  for (const name of odd) await note(`found ${name}`, () => content(root, name));
}

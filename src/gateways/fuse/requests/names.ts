/** Names in directories: found, made, taken away. */
import {
  FileError,
  after,
  type Awaitable,
  type Chan,
  type CreateSpec,
  type FileType,
  openMode,
  rescue,
  rules,
} from '../../../file/index.ts';
import type { Made } from '../../../file/chan/chan.ts';
import { typeOf } from '../attributes.ts';
import type { Call } from '../call.ts';
import { ENOENT } from '../errors.ts';
import { toldOf, type Node } from '../node.ts';
import type { Session } from '../session.ts';
import { absentReply, dataReply, emptyReply, entryReply, type EntryOut } from '../wire/reply.ts';
import { encodeName } from '../../../host/name.ts';
import { attrOf, lookUp, lookUpOpen, tell, withChan, type Answer, type Handler } from './context.ts';

/** renameat2(2). */
const RENAME_NOREPLACE = 1;

const S_ISUID = 0o4000;
const S_ISGID = 0o2000;

/** Every file that is made was looked for first: an error that is thrown costs more than the look. */
const NO_SUCH_FILE: Answer = { errno: ENOENT };

export const lookup: Handler<'lookup'> = (s, q, call) => {
  // The kernel leaves it to us what is too long.
  rules.checkName(q.name);
  return withChan(s, q.node, call, (chan, dir) =>
    after(knowNature(s, dir, chan, call), () =>
      after(find(s, dir, chan, q.name, call), (entry) => {
        if (entry) return entryReply(entry);
        const absent = s.caching.absence(dir.told?.nature);
        return absent === 0 ? NO_SUCH_FILE : absentReply(absent);
      }),
    ),
  );
};

function find(s: Session, dir: Node, from: Chan, name: string, call: Call): Awaitable<EntryOut | undefined> {
  const mode = s.retries.wish(call, name);
  return mode ? lookUpOpen(s, dir, from, name, mode, call) : lookUp(s, dir, from, name, call);
}

/** How long a name is good depends on the directory, too: the root is not looked up. */
function knowNature(s: Session, dir: Node, chan: Chan, call: Call): Awaitable<void> {
  if (dir.told || s.caching.mode === 'none') return undefined;
  return after(chan.attr(call), (attr) => void (dir.told = toldOf(attr)));
}

export const readlink: Handler<'readlink'> = (s, q, call) =>
  withChan(s, q.node, call, (chan) => after(chan.readlink(call), (text) => dataReply(encodeName(text))));

export const mkdir: Handler<'mkdir'> = (s, q, call) =>
  make(s, q, call, (dir, spec) => dir.mkdir(q.name, { ...spec, mode: q.mode & 0o7777 }, call));

export const symlink: Handler<'symlink'> = (s, q, call) =>
  make(s, q, call, (dir, spec) => dir.symlink(q.name, q.target, { ...spec, mode: 0o777 }, call));

export const mknod: Handler<'mknod'> = (s, q, call) => {
  const type: FileType = typeOf(q.mode) ?? 'file';
  return make(s, q, call, (dir, spec) => {
    const all = { ...spec, mode: q.mode & 0o7777 };
    if (type === 'file') return makeFile(dir, q.name, all, call);
    if (type === 'dir' || type === 'symlink') throw new FileError('EINVAL');
    return dir.mknod(q.name, { ...all, type, major: q.major, minor: q.minor }, call);
  });
};

/** A plain file, which the trees make open. */
export function makeFile(dir: Chan, name: string, spec: CreateSpec, call: Call): Awaitable<Made> {
  const made = dir.clone();
  const close = (): Awaitable<void> => made.close('clunk', call);
  return rescue<Made>(
    () =>
      after(made.create(name, spec, openMode({ write: true }), call), () => {
        const { tree, qid } = made.file;
        return after(close(), () => ({ tree, qid }));
      }),
    (error) =>
      after(close(), () => {
        throw error;
      }),
  );
}

/** Makes a name in the directory that a request is about, and tells the kernel what came of it. */
function make(
  s: Session,
  q: { readonly node: number; readonly name: string; readonly gid: number },
  call: Call,
  work: (dir: Chan, spec: Omit<CreateSpec, 'mode'>) => Awaitable<Made>,
): Awaitable<Answer> {
  const made = withChan(s, q.node, call, (chan, dir) => work(chan, groupFor(dir, q.gid)));
  return after(made, (what) =>
    lookUpMade(s, q, call, (entry, dir) => {
      // Whoever moves another file to the name at the right moment is not to make it the caller's.
      const given = s.nodes.get(entry.node).is(what) ? giveToCaller(s, entry.node, dir, call) : undefined;
      return after(given, (own) => entryReply({ ...entry, ...own }));
    }),
  );
}

/** By itself: should the server have no fid left for it, it is to be looked up again, but not made again. */
function lookUpMade(
  s: Session,
  q: { readonly node: number; readonly name: string },
  call: Call,
  reply: (entry: EntryOut, dir: Node) => Awaitable<Answer>,
): Awaitable<Answer> {
  return withChan(s, q.node, call, (chan, dir) =>
    after(lookUp(s, dir, chan, q.name, call), (entry) => {
      if (!entry) throw new FileError('ENOENT');
      return reply(entry, dir);
    }),
  );
}

/** The caller's group, unless the directory has its own given to what is made in it (inode(7)). */
export function groupFor(dir: Node, gid: number): { readonly gid?: number } {
  return ((dir.told?.mode ?? 0) & S_ISGID) === 0 ? { gid } : {};
}

/**
 * A tree behind a connection makes files as the one user who mounted it. Where others use the mount, too, what they make
 * is given to them, as far as that user may.
 */
export function giveToCaller(
  s: Session,
  id: number,
  dir: Node,
  call: Call,
): Awaitable<ReturnType<typeof tell> | undefined> {
  const node = s.nodes.get(id);
  const { uid, gid } = call.user;
  const { told } = node;
  if (!s.settings.allowOther || !node.chan?.file.guarded || !told || told.uid === uid) return undefined;
  // Who changes the owner takes setuid and setgid away: they are given once more.
  const mode = told.mode & (S_ISUID | S_ISGID) ? { mode: told.mode } : {};
  const change = { uid: uid!, ...(gid !== undefined && groupFor(dir, gid)), ...mode };
  return s.nodes.use(node, call, async (chan) => {
    try {
      await chan.change(change, call);
      return tell(s, node, chan.file, await attrOf(node, chan, call));
    } catch {
      return undefined;
    }
  });
}

export const link: Handler<'link'> = (s, q, call) => {
  const linked = withChan(s, q.node, call, (chan) =>
    withChan(s, q.target, call, (target) => chan.link(q.name, target, call)),
  );
  return after(linked, () => lookUpMade(s, q, call, entryReply));
};

export const unlink: Handler<'unlink'> = (s, q, call) => remove(s, q, 'file', call);

export const rmdir: Handler<'rmdir'> = (s, q, call) => remove(s, q, 'dir', call);

function remove(
  s: Session,
  { node, name }: { readonly node: number; readonly name: string },
  what: 'file' | 'dir',
  call: Call,
): Awaitable<Answer> {
  return withChan(s, node, call, (chan, dir) =>
    after(chan.unlink(name, what, call), () => {
      s.nodes.removed(dir, name);
      return emptyReply();
    }),
  );
}

export const rename: Handler<'rename'> = (s, q, call) => {
  if (q.flags & ~RENAME_NOREPLACE) throw new FileError('EINVAL');
  const replace = (q.flags & RENAME_NOREPLACE) === 0;
  return withChan(s, q.node, call, (chan, from) =>
    withChan(s, q.toNode, call, (target, to) =>
      after(chan.rename(q.name, target, q.toName, replace, call), () => {
        s.nodes.moved(from, q.name, to, q.toName);
        return emptyReply();
      }),
    ),
  );
};

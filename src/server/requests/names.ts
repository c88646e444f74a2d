/** What changes names: Tsymlink, Tmknod, Tlink, Tmkdir, Trename, Trenameat, Tunlinkat, and Treadlink. */
import { FileError, after, type Awaitable, type Chan, type File, type NodeSpec } from '../../file/index.ts';
import { AT_REMOVEDIR, S, type MessageOf, type RMessage } from '../../protocol/index.ts';
import type { Call } from '../call.ts';
import type { Session } from '../session.ts';
import { chanOf, groupFor, useFid } from './context.ts';

export function symlink(s: Session, m: MessageOf<'Tsymlink'>, call: Call): Awaitable<RMessage> {
  const fid = useFid(s, m.dfid, call);
  const spec = { mode: 0o777, ...groupFor(call.user, m.gid) };
  return fid.share(() => {
    const dir = chanOf(fid);
    return after(dir.symlink(m.name, m.target, spec, call), (made) => ({
      type: 'Rsymlink',
      tag: m.tag,
      qid: s.service.projection.qid(made.tree, made.qid, s.dialect),
    }));
  });
}

export function mkdir(s: Session, m: MessageOf<'Tmkdir'>, call: Call): Awaitable<RMessage> {
  const fid = useFid(s, m.dfid, call);
  const spec = { mode: m.mode & 0o7777, ...groupFor(call.user, m.gid) };
  return fid.share(() => {
    const dir = chanOf(fid);
    return after(dir.mkdir(m.name, spec, call), (made) => ({
      type: 'Rmkdir',
      tag: m.tag,
      qid: s.service.projection.qid(made.tree, made.qid, s.dialect),
    }));
  });
}

const NODE_TYPES = new Map<number, NodeSpec['type']>([
  [0, 'file'],
  [S.IFREG, 'file'],
  [S.IFIFO, 'fifo'],
  [S.IFSOCK, 'socket'],
  [S.IFCHR, 'char'],
  [S.IFBLK, 'block'],
]);

export function mknod(s: Session, m: MessageOf<'Tmknod'>, call: Call): Awaitable<RMessage> {
  const type = NODE_TYPES.get(m.mode & S.IFMT);
  if (!type) throw new FileError('EINVAL');
  const fid = useFid(s, m.dfid, call);
  const { major, minor } = m;
  const spec = { type, major, minor, mode: m.mode & 0o7777, ...groupFor(call.user, m.gid) };
  return fid.share(() => {
    const dir = chanOf(fid);
    return after(dir.mknod(m.name, spec, call), (made) => ({
      type: 'Rmknod',
      tag: m.tag,
      qid: s.service.projection.qid(made.tree, made.qid, s.dialect),
    }));
  });
}

export function link(s: Session, m: MessageOf<'Tlink'>, call: Call): Awaitable<RMessage> {
  const target = s.fids.get(m.fid);
  const dir = useFid(s, m.dfid, call);
  return dir.share(() =>
    after(chanOf(dir).link(m.name, chanOf(target), call), () => ({ type: 'Rlink', tag: m.tag })),
  );
}

export function readlink(s: Session, m: MessageOf<'Treadlink'>, call: Call): Awaitable<RMessage> {
  const fid = useFid(s, m.fid, call);
  return fid.share(() =>
    after(chanOf(fid).readlink(call), (target) => ({ type: 'Rreadlink', tag: m.tag, target })),
  );
}

export function rename(s: Session, m: MessageOf<'Trename'>, call: Call): Awaitable<RMessage> {
  const to = s.fids.get(m.dfid);
  const fid = useFid(s, m.fid, call);
  return fid.share(() => {
    const chan = chanOf(fid);
    const { name, parentFile } = chan;
    const dir = chanOf(to);
    return after(chan.renameSelf(dir, m.name, true, call), () => {
      renamed(s, parentFile, name, dir, m.name);
      return { type: 'Rrename', tag: m.tag };
    });
  });
}

export function renameat(s: Session, m: MessageOf<'Trenameat'>, call: Call): Awaitable<RMessage> {
  const to = s.fids.get(m.newdirfid);
  const from = useFid(s, m.olddirfid, call);
  return from.share(() => {
    const dir = chanOf(from);
    const toDir = chanOf(to);
    return after(dir.rename(m.oldname, toDir, m.newname, true, call), () => {
      renamed(s, dir.file, m.oldname, toDir, m.newname);
      return { type: 'Rrenameat', tag: m.tag };
    });
  });
}

/** The session's fids for a file that was renamed follow it: their names are what remove and rename go by. */
export function renamed(s: Session, from: File, name: string, to: Chan, toName: string): void {
  for (const fid of s.fids) fid.chan?.follow(from, name, to, toName);
}

export function unlinkat(s: Session, m: MessageOf<'Tunlinkat'>, call: Call): Awaitable<RMessage> {
  const fid = useFid(s, m.dirfd, call);
  return fid.share(() =>
    after(chanOf(fid).unlink(m.name, m.flags & AT_REMOVEDIR ? 'dir' : 'file', call), () => ({
      type: 'Runlinkat',
      tag: m.tag,
    })),
  );
}

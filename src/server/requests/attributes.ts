/** Tgetattr, Tsetattr and Tstatfs of 9P2000.L. */
import { FileError, after, type Awaitable, type Change, type StatFs, type Time } from '../../file/index.ts';
import {
  NONUNAME,
  SETATTR,
  TMPFS_MAGIC,
  V9FS_MAGIC,
  type MessageOf,
  type RMessage,
} from '../../protocol/index.ts';
import type { Call } from '../call.ts';
import type { Session } from '../session.ts';
import { chanOf, qidOf, useFid } from './context.ts';

export function getattr(s: Session, m: MessageOf<'Tgetattr'>, call: Call): Awaitable<RMessage> {
  const fid = useFid(s, m.fid, call);
  return fid.share(() => {
    const chan = chanOf(fid);
    return after(chan.attr(call), (attr) =>
      s.service.projection.getattr(m.tag, attr, qidOf(s, chan), chan.qid.version, m.request_mask),
    );
  });
}

export function setattr(s: Session, m: MessageOf<'Tsetattr'>, call: Call): Awaitable<RMessage> {
  const fid = useFid(s, m.fid, call);
  const { valid } = m;
  if (valid & SETATTR.SIZE && m.size < 0) throw new FileError('EFBIG');
  const change: Change = {
    ...(valid & SETATTR.MODE && { mode: m.mode & 0o7777 }),
    ...(valid & SETATTR.UID && m.uid !== NONUNAME && { uid: m.uid }),
    ...(valid & SETATTR.GID && m.gid !== NONUNAME && { gid: m.gid }),
    ...(valid & SETATTR.SIZE && { size: m.size }),
    ...(valid & SETATTR.ATIME && {
      atime: valid & SETATTR.ATIME_SET ? time(m.atime_sec, m.atime_nsec) : 'now',
    }),
    ...(valid & SETATTR.MTIME && {
      mtime: valid & SETATTR.MTIME_SET ? time(m.mtime_sec, m.mtime_nsec) : 'now',
    }),
    ...(valid & SETATTR.CTIME && { touch: true }),
  };
  return fid.share(() => after(chanOf(fid).change(change, call), () => ({ type: 'Rsetattr', tag: m.tag })));
}

function time(sec: number, nsec: number): Time {
  if (nsec >= 1e9) throw new FileError('EINVAL');
  return { sec, nsec };
}

/** For trees that have no figures of their own: tools want a block size, some blocks and a name length. */
const NO_FIGURES: StatFs = {
  bsize: 4096,
  blocks: 1,
  bfree: 0,
  bavail: 0,
  files: 1,
  ffree: 0,
  fsid: 0n,
  namelen: 255,
};

export function statfs(s: Session, m: MessageOf<'Tstatfs'>, call: Call): Awaitable<RMessage> {
  const fid = useFid(s, m.fid, call);
  return fid.share(() => {
    const chan = chanOf(fid);
    const figures = chan.file.statfs ? chan.statfs(call) : NO_FIGURES;
    return after(chan.attr(call), ({ nature }) => {
      // Programs treat what they know, as tmpfs, as files of the usual kind, and look twice at all others.
      const fs_type = nature === 'plain' ? TMPFS_MAGIC : V9FS_MAGIC;
      return after(figures, (known) => ({ type: 'Rstatfs', tag: m.tag, fs_type, ...known }));
    });
  });
}

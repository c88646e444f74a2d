/** What the handlers of requests share. */
import { FileError, type Chan, type Qid, type User } from '../../file/index.ts';
import { NONUNAME } from '../../protocol/index.ts';
import type { Call } from '../call.ts';
import type { Fid } from '../fids.ts';
import type { Session } from '../session.ts';

/** The fid of that number; the call acts as its user from now on. */
export function useFid(s: Session, number: number, call: Call): Fid {
  const fid = s.fids.get(number);
  call.fid = number;
  call.user = fid.user;
  call.aname = fid.aname;
  return fid;
}

/** The Chan of a fid that stands for a file. */
export function chanOf(fid: Fid): Chan {
  if (!fid.chan || fid.xattr) throw new FileError('EBADF');
  return fid.chan;
}

/** The qid of a Chan as the wire carries it. */
export function qidOf(s: Session, chan: Chan): Qid {
  return s.service.projection.qid(chan.file.tree, chan.qid, s.dialect);
}

/** The group that a client asks for a new file: heeded if the user is in it. */
export function groupFor(user: User, gid: number): { readonly gid?: number } {
  const allowed = user.uid === 0 || gid === user.gid || user.gids?.includes(gid);
  return gid !== NONUNAME && allowed ? { gid } : {};
}

/** Which handler a request belongs to. */
import { FileError, type Awaitable } from '../../file/index.ts';
import type { MessageOf, RMessage, TMessage } from '../../protocol/index.ts';
import type { Call } from '../call.ts';
import type { Session } from '../session.ts';
import { attach, auth } from './attach.ts';
import { getattr, setattr, statfs } from './attributes.ts';
import { clunk, remove } from './clunk.ts';
import { readdir } from './directory.ts';
import { fsync, read, write } from './io.ts';
import { getlock, lock } from './lock.ts';
import { link, mkdir, mknod, readlink, rename, renameat, symlink, unlinkat } from './names.ts';
import { create, lcreate, lopen, open } from './open.ts';
import { stat, wstat } from './stat.ts';
import { walk } from './walk.ts';
import { xattrcreate, xattrwalk } from './xattr.ts';

/** The reply, now or later; undefined if it stands in the batch already. What is thrown becomes the error reply. */
export function handle(s: Session, m: TMessage, call: Call): Awaitable<RMessage | undefined> {
  switch (m.type) {
    case 'Tread':
      return read(s, m, call);
    case 'Twrite':
      return write(s, m, call);
    case 'Twalk':
      return walk(s, m, call);
    case 'Tclunk':
      return clunk(s, m, call);
    case 'Tgetattr':
      return getattr(s, m, call);
    case 'Tlopen':
      return lopen(s, m, call);
    case 'Tlcreate':
      return lcreate(s, m, call);
    case 'Treaddir':
      return readdir(s, m, call);
    case 'Topen':
      return open(s, m, call);
    case 'Tcreate':
      return create(s, m, call);
    case 'Tstat':
      return stat(s, m, call);
    case 'Twstat':
      return wstat(s, m, call);
    case 'Tremove':
      return remove(s, m, call);
    case 'Tattach':
      return attach(s, m, call);
    case 'Tauth':
      return auth();
    case 'Tsetattr':
      return setattr(s, m, call);
    case 'Tstatfs':
      return statfs(s, m, call);
    case 'Tsymlink':
      return symlink(s, m, call);
    case 'Tmknod':
      return mknod(s, m, call);
    case 'Tlink':
      return link(s, m, call);
    case 'Tmkdir':
      return mkdir(s, m, call);
    case 'Trename':
      return rename(s, m, call);
    case 'Trenameat':
      return renameat(s, m, call);
    case 'Tunlinkat':
      return unlinkat(s, m, call);
    case 'Treadlink':
      return readlink(s, m, call);
    case 'Txattrwalk':
      return xattrwalk(s, m, call);
    case 'Txattrcreate':
      return xattrcreate(s, m, call);
    case 'Tlock':
      return lock(s, m, call);
    case 'Tgetlock':
      return getlock(s, m, call);
    case 'Tfsync':
      return fsync(s, m, call);
    default:
      // Those two are the session's own; at run time it may also be a reply, which is no request.
      m satisfies MessageOf<'Tversion' | 'Tflush'>;
      throw new FileError('EOPNOTSUPP');
  }
}

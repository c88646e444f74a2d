/** Tauth and Tattach (attach(5)). */
import { Chan, FileError, after, isPromise, type Awaitable } from '../../file/index.ts';
import { NOFID, NONUNAME, type MessageOf, type RMessage } from '../../protocol/index.ts';
import type { Call } from '../call.ts';
import { Fid } from '../fids.ts';
import { identify } from '../identity.ts';
import type { Session } from '../session.ts';
import { qidOf } from './context.ts';

/** Who a client is, the transport knows. diod's clients go on without authentication only after ENOENT. */
export function auth(): never {
  throw new FileError('ENOENT', 'authentication not required');
}

export function attach(s: Session, m: MessageOf<'Tattach'>, call: Call): Awaitable<RMessage> {
  if (m.afid !== NOFID) throw new FileError('EBADF');
  const uid = m.n_uname === NONUNAME ? undefined : m.n_uname;
  const user = identify(s.stream.peer, { uname: m.uname, uid }, s.service);
  call.user = user;
  call.aname = m.aname;
  const names = namesOf(m.aname);
  const fid = new Fid(m.fid, user, m.aname);
  s.fids.add(fid);
  return making(s, fid, () =>
    after(s.service.root.admit?.(call), () => {
      const root = Chan.attach(s.service.root, { readOnly: s.service.readOnly, borrowed: true });
      if (names.length === 0) return bind(s, fid, root, call);
      return after(root.walk(names, call), ({ chan, error }) => {
        if (!chan) throw error;
        const subtree = chan.asRoot();
        return after(chan.close('clunk', call), () => bind(s, fid, subtree, call));
      });
    }),
  );
}

function bind(s: Session, fid: Fid, root: Chan, call: Call): RMessage {
  if (call.dropped) void root.close('lost', call);
  else fid.chan = root;
  return { type: 'Rattach', tag: call.tag, qid: qidOf(s, root) };
}

/** '' and '/' are the root, a path is that subtree; diodload's `ctl` is one from the root as well. */
function namesOf(aname: string): readonly string[] {
  const names = aname.split('/').filter((name) => name !== '' && name !== '.');
  if (names.includes('..')) throw new FileError('EINVAL');
  return names;
}

/** Runs the work that gives a new fid its meaning; if it fails, the number is free again. */
export function making<T>(s: Session, fid: Fid, work: () => Awaitable<T>): Awaitable<T> {
  const { fids } = s;
  const freeUnlessMade = (): void => {
    if (!fid.chan) fids.delete(fid);
  };
  try {
    const result = fid.own(work);
    if (isPromise(result)) return result.finally(freeUnlessMade);
    freeUnlessMade();
    return result;
  } catch (error) {
    freeUnlessMade();
    throw error;
  }
}

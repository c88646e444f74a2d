/** Tclunk and Tremove (clunk(5), remove(5)): the fid is gone afterwards, also if they fail. */
import { FileError, after, isPromise, rescue, type Awaitable, type CloseReason } from '../../file/index.ts';
import type { MessageOf, RMessage } from '../../protocol/index.ts';
import type { Call } from '../call.ts';
import type { Fid } from '../fids.ts';
import type { Session } from '../session.ts';
import { chanOf, useFid } from './context.ts';

/**
 * Milliseconds after which the reads of a fid that is clunked are interrupted, again and again. Until then they may end
 * by themselves: a client need not wait for a reply before it sends the clunk.
 */
const READ_GRACE = 200;

export function clunk(s: Session, m: MessageOf<'Tclunk'>, call: Call): Awaitable<RMessage> {
  const fid = useFid(s, m.fid, call);
  return after(
    freeing(s, fid, () => fid.own(() => close(fid, 'clunk', call))),
    () => ({ type: 'Rclunk', tag: m.tag }),
  );
}

export function remove(s: Session, m: MessageOf<'Tremove'>, call: Call): Awaitable<RMessage> {
  const fid = useFid(s, m.fid, call);
  const removed = freeing(s, fid, () =>
    fid.own(() => {
      const chan = chanOf(fid);
      const failed = (error: unknown): Awaitable<void> =>
        after(close(fid, 'clunk', call), () => {
          throw error;
        });
      return after(
        rescue(() => chan.remove(call), failed),
        () => close(fid, 'clunk', call),
      );
    }),
  );
  return after(removed, () => ({ type: 'Rremove', tag: m.tag }));
}

/** Ends a fid of a session that is over: never fails, for there is nobody to tell. */
export function endFid(fid: Fid, reason: CloseReason, call: Call): Awaitable<void> {
  return rescue(
    () => fid.own(() => (fid.chan ? close(fid, reason, call) : undefined)),
    () => undefined,
  );
}

/** The number is free once the fid has been dealt with, whatever came of it. */
function freeing(s: Session, fid: Fid, work: () => Awaitable<void>): Awaitable<void> {
  const { fids } = s;
  const impatience = fid.busy
    ? setInterval(() => s.flight.interruptReads(fid.number), READ_GRACE)
    : undefined;
  const free = (): void => {
    clearInterval(impatience);
    fids.delete(fid);
  };
  try {
    const result = work();
    if (isPromise(result)) return result.finally(free);
  } catch (error) {
    free();
    throw error;
  }
  free();
}

function close(fid: Fid, reason: CloseReason, call: Call): Awaitable<void> {
  const { chan, xattr } = fid;
  if (!chan) throw new FileError('EBADF');
  fid.chan = undefined;
  fid.xattr = undefined;
  fid.listing = undefined;
  xattr?.letGo();
  if (xattr?.purpose !== 'write' || reason === 'lost') return chan.close(reason, call);
  const failed = (error: unknown): Awaitable<void> =>
    after(chan.close(reason, call), () => {
      throw error;
    });
  const committed = rescue(() => {
    if (xattr.written !== xattr.value.length) throw new FileError('EINVAL');
    return after(chan.xattrs('write', call), (xattrs) =>
      // Linux's client removes an attribute by "replacing" it with nothing.
      xattr.how === 'replace' && xattr.value.length === 0
        ? xattrs.remove(xattr.name, call)
        : xattrs.set(xattr.name, xattr.value, xattr.how, call),
    );
  }, failed);
  return after(committed, () => chan.close(reason, call));
}

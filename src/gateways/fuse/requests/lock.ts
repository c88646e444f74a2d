/** Locks of ranges, and of whole files. */
import { FileError, after } from '../../../file/index.ts';
import { emptyReply, lockReply } from '../wire/reply.ts';
import type { Handler } from './context.ts';

export const getlk: Handler<'getlk'> = (s, q, call) => {
  const open = s.opens.get(q.open);
  return after(open.chan.getLock(s.locks.request(q.lock, q.owner), call), (held) => {
    return lockReply(held ? s.locks.held(held) : { ...q.lock, type: 'unlock' });
  });
};

export const setlk: Handler<'setlk'> = async (s, q, call) => {
  const open = s.opens.get(q.open);
  const { lock, owner, flock } = q;
  if (lock.type !== 'unlock' && !flock) open.lockers.add(owner);
  if (q.wait) {
    call.patience = 'waits';
    await s.locks.wait(open, lock, owner, flock, call);
  } else if (!(await s.locks.set(open, lock, owner, flock, call))) {
    throw new FileError('EAGAIN');
  }
  return emptyReply();
};

/** Tlock and Tgetlock. The server never waits for a lock: the client asks again. */
import { FileError, after, type Awaitable, type LockOwner } from '../../file/index.ts';
import { LOCK, LOCK_STATUS, type MessageOf, type RMessage } from '../../protocol/index.ts';
import type { Call } from '../call.ts';
import type { Session } from '../session.ts';
import { chanOf, useFid } from './context.ts';

const TYPES = new Map([
  [LOCK.READ as number, 'read' as const],
  [LOCK.WRITE, 'write' as const],
  [LOCK.UNLOCK, 'unlock' as const],
]);

interface LockMessage {
  readonly type: string;
  readonly fid: number;
  readonly start: number;
  readonly length: number;
  readonly proc_id: number;
  readonly client_id: string;
}

/** A process of a client: in another session it is another owner, whatever it calls itself. */
function ownerOf(s: Session, m: LockMessage): LockOwner {
  return { session: s, client: m.client_id, process: m.proc_id };
}

export function lock(s: Session, m: MessageOf<'Tlock'>, call: Call): Awaitable<RMessage> {
  const type = TYPES.get(m.lock_type);
  if (!type) throw new FileError('EINVAL');
  const fid = useFid(s, m.fid, call);
  const request = { type, start: m.start, length: m.length, owner: ownerOf(s, m) };
  return fid.share(() =>
    after(chanOf(fid).lock(request, call), (taken) => ({
      type: 'Rlock',
      tag: m.tag,
      status: taken ? LOCK_STATUS.SUCCESS : LOCK_STATUS.BLOCKED,
    })),
  );
}

export function getlock(s: Session, m: MessageOf<'Tgetlock'>, call: Call): Awaitable<RMessage> {
  const asked = TYPES.get(m.lock_type);
  if (!asked) throw new FileError('EINVAL');
  // Linux's client has looked for locks of its own first, and sends the "none" that it found (v9fs_file_getlock).
  const type = asked === 'unlock' ? 'write' : asked;
  const fid = useFid(s, m.fid, call);
  const request = { type, start: m.start, length: m.length, owner: ownerOf(s, m) };
  return fid.share(() =>
    after(chanOf(fid).getLock(request, call), (held) => {
      const found = held && {
        lock_type: held.type === 'read' ? LOCK.READ : LOCK.WRITE,
        start: held.start,
        length: held.length,
        proc_id: held.owner.process,
        client_id: held.owner.client,
      };
      const free = { start: m.start, length: m.length, proc_id: m.proc_id, client_id: m.client_id };
      return { type: 'Rgetlock', tag: m.tag, ...(found ?? { lock_type: LOCK.UNLOCK, ...free }) };
    }),
  );
}

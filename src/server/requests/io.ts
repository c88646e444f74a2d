/** Tread and Twrite (read(5)), and Tfsync. */
import { FileError, after, isPromise, type Awaitable, type Chan } from '../../file/index.ts';
import type { MessageOf, RMessage } from '../../protocol/index.ts';
import type { Call } from '../call.ts';
import type { XattrUse } from '../fids.ts';
import type { Session } from '../session.ts';
import { chanOf, useFid } from './context.ts';
import { readStats } from './directory.ts';

export function read(s: Session, m: MessageOf<'Tread'>, call: Call): Awaitable<RMessage | undefined> {
  const fid = useFid(s, m.fid, call);
  call.reads = true;
  const count = Math.min(m.count, s.payload);
  return fid.share(() => {
    if (fid.xattr) return { type: 'Rread', tag: m.tag, data: readXattr(fid.xattr, m.offset, count) };
    const chan = chanOf(fid);
    if (chan.isDir) return readStats(s, fid, m, count, call);
    const open = chan.opened;
    if (open?.take)
      return after(chan.take(m.offset, count, call), (data) => ({ type: 'Rread', tag: m.tag, data }));
    return open?.prompt ? readInPlace(s, chan, m, count, call) : readAside(s, chan, m, count, call);
  });
}

/** The file fills the reply itself, where it stands in the batch. */
function readInPlace(s: Session, chan: Chan, m: MessageOf<'Tread'>, count: number, call: Call): undefined {
  const length = chan.read(m.offset, s.replies.room(count), call);
  if (isPromise(length)) throw new TypeError('a file that calls itself prompt has returned a promise');
  s.replies.sendRoom('Rread', m.tag, length);
}

/** The file needs time: it fills a buffer that nobody else touches. */
function readAside(
  s: Session,
  chan: Chan,
  m: MessageOf<'Tread'>,
  count: number,
  call: Call,
): Awaitable<RMessage> {
  const buffer = s.memory.lend(call, count).bytes.subarray(0, count);
  return after(chan.read(m.offset, buffer, call), (length) => ({
    type: 'Rread',
    tag: m.tag,
    data: buffer.subarray(0, length),
  }));
}

export function write(s: Session, m: MessageOf<'Twrite'>, call: Call): Awaitable<RMessage> {
  const fid = useFid(s, m.fid, call);
  const reply = (count: number): RMessage => ({ type: 'Rwrite', tag: m.tag, count });
  if (fid.busy || !fid.chan?.opened?.prompt) {
    const { data, letGo } = s.hold(m.data);
    const written = fid.share(() => after(writeNow(s, m, data, call), reply));
    if (isPromise(written)) return written.finally(letGo);
    letGo();
    return written;
  }
  return after(fid.chan.write(m.offset, m.data, call), reply);
}

function writeNow(s: Session, m: MessageOf<'Twrite'>, data: Uint8Array, call: Call): Awaitable<number> {
  const fid = s.fids.get(m.fid);
  if (fid.xattr) return writeXattr(fid.xattr, m.offset, data);
  return chanOf(fid).write(m.offset, data, call);
}

function readXattr(xattr: XattrUse, offset: number, count: number): Uint8Array {
  if (xattr.purpose !== 'read') throw new FileError('EBADF');
  return xattr.value.subarray(Math.min(offset, xattr.value.length), offset + count);
}

function writeXattr(xattr: XattrUse, offset: number, data: Uint8Array): number {
  if (xattr.purpose !== 'write') throw new FileError('EBADF');
  if (offset + data.length > xattr.value.length) throw new FileError('ENOSPC');
  xattr.value.set(data, offset);
  xattr.written = Math.max(xattr.written, offset + data.length);
  return data.length;
}

export function fsync(s: Session, m: MessageOf<'Tfsync'>, call: Call): Awaitable<RMessage> {
  const fid = useFid(s, m.fid, call);
  return fid.share(() =>
    after(chanOf(fid).sync((m.datasync ?? 0) !== 0, call), () => ({ type: 'Rfsync', tag: m.tag })),
  );
}

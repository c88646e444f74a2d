/** The bytes of files that are open. */
import { constants } from 'node:fs';
import { FileError, after, isPromise, type Awaitable, type Chan } from '../../../file/index.ts';
import type { Call } from '../call.ts';
import { dataMessage, emptyReply, pollReply, seekReply, trim, writeReply } from '../wire/reply.ts';
import type { Open } from '../opens.ts';
import { OUT_HEADER } from '../wire/constants.ts';
import type { Answer, Handler } from './context.ts';
import { dropPrivileges } from './attributes.ts';

/** lseek(2). */
const SEEK_DATA = 3;
const SEEK_HOLE = 4;

const { O_NONBLOCK } = constants;

/** fallocate(2): the size stays. */
const KEEP_SIZE = 1;

/** poll(2). */
const POLLIN = 0x001;
const POLLOUT = 0x004;
const POLLRDNORM = 0x040;
const POLLWRNORM = 0x100;

export const read: Handler<'read'> = (s, q, call) => {
  const open = s.opens.get(q.open);
  if (open.stream) return readStream(open, q.size, (q.flags & O_NONBLOCK) !== 0, call);
  const opened = open.chan.opened;
  if (!opened?.read && opened?.take) return take(open, q.offset, q.size, call);
  const message = dataMessage(q.size);
  const length = fill(open, q.offset, message.subarray(OUT_HEADER), call);
  return after(length, (count) => trim(message, count));
};

async function readStream(open: Open, count: number, atOnce: boolean, call: Call): Promise<Answer> {
  const stream = open.stream!;
  if (atOnce && !stream.readable) throw new FileError('EAGAIN');
  call.patience = 'waits';
  return { data: await stream.read(count, call) };
}

/** A file that has bytes of its own: they go out as they are, if one piece is all. */
function take(open: Open, offset: number, count: number, call: Call): Awaitable<Answer> {
  return after(open.chan.take(offset, count, call), (data) => {
    if (data.length === count || data.length === 0 || !open.plain) return { data };
    const message = dataMessage(count);
    message.set(data, OUT_HEADER);
    const whole = fill(open, offset, message.subarray(OUT_HEADER), call, data.length);
    return after(whole, (length) => trim(message, length));
  });
}

/** From what is there already on. Of a plain file the kernel takes what is missing for the end, and gives zeros for it. */
function fill(open: Open, offset: number, into: Uint8Array, call: Call, from = 0): Awaitable<number> {
  for (let length = from; ;) {
    const piece = open.chan.read(offset + length, into.subarray(length), call);
    const goesOn = (count: number): boolean => count > 0 && length < into.length && open.plain;
    if (isPromise(piece)) {
      return piece.then((count) => {
        length += count;
        return goesOn(count) ? fill(open, offset, into, call, length) : length;
      });
    }
    length += piece;
    if (!goesOn(piece)) return length;
  }
}

export const write: Handler<'write'> = (s, q, call) => {
  const open = s.opens.get(q.open);
  open.dirty = true;
  const chan = q.fromCache ? placingChan(open) : open.chan;
  const written = open.stream ? open.stream.write(q.data, call) : chan.write(q.offset, q.data, call);
  if (!q.killPrivileges) return after(written, writeReply);
  return after(written, (count) => after(dropPrivileges(s, open.node, open.chan), () => writeReply(count)));
};

/** One whose writes go where they belong: the open that the kernel names for them may be one to append. */
function placingChan({ chan, mode, node }: Open): Chan {
  if (!mode.append) return chan;
  for (const open of node.opens) {
    if (open.placing) return open.placing;
    if (open.mode.write && !open.mode.append) return open.chan;
  }
  throw new FileError('EIO');
}

export const fallocate: Handler<'fallocate'> = (s, q, call) => {
  const open = s.opens.get(q.open);
  if ((q.mode & ~KEEP_SIZE) !== 0) throw new FileError('EOPNOTSUPP');
  const allocated = open.chan.allocate(q.offset, q.length, (q.mode & KEEP_SIZE) !== 0, call);
  return after(allocated, () => {
    open.dirty = true;
    return emptyReply();
  });
};

export const lseek: Handler<'lseek'> = (s, q, call) => {
  const { chan } = s.opens.get(q.open);
  if (q.whence !== SEEK_DATA && q.whence !== SEEK_HOLE) throw new FileError('EINVAL');
  const what = q.whence === SEEK_DATA ? 'data' : 'hole';
  return after(seek(chan, q.offset, what, call), seekReply);
};

/** A tree that does not say where its holes are has one, at the end. */
function seek(chan: Chan, offset: number, what: 'data' | 'hole', call: Call): Awaitable<number> {
  if (chan.opened?.seek) return chan.seek(offset, what, call);
  return after(chan.attr(call), ({ size }) => {
    if (offset >= size) throw new FileError('ENXIO');
    return what === 'data' ? offset : size;
  });
}

/** A stream is read ahead by one, to know: what is not one never waits. */
export const poll: Handler<'poll'> = (s, q) => {
  const open = s.opens.get(q.open);
  const writable = open.mode.write ? POLLOUT | POLLWRNORM : 0;
  const ready = !open.stream || !open.mode.read || open.stream.readable;
  if (!ready && q.notify) s.polls.wait(open.id, q.poll);
  return pollReply(writable | (ready ? POLLIN | POLLRDNORM : 0));
};

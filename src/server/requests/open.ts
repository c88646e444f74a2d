/** Topen, Tcreate (open(5)) and their Linux forms, Tlopen and Tlcreate. */
import {
  FileError,
  READ,
  after,
  codeOf,
  openMode,
  rescue,
  type Awaitable,
  type Chan,
  type CreateSpec,
  type NodeSpec,
  type OpenMode,
} from '../../file/index.ts';
import { DM, L, O, type MessageOf, type RMessage } from '../../protocol/index.ts';
import type { Call } from '../call.ts';
import type { Fid } from '../fids.ts';
import type { Session } from '../session.ts';
import { chanOf, groupFor, qidOf, useFid } from './context.ts';

/** 9P2000.u only: Linux asks for appending writes with it. */
const APPEND_U = 0x80;

export function open(s: Session, m: MessageOf<'Topen'>, call: Call): Awaitable<RMessage> {
  const mode = modeOf(m.mode, s.dialect === '9P2000.u');
  const fid = useFid(s, m.fid, call);
  return fid.own(() =>
    after(openChan(chanOf(fid), mode, call), (chan) => ({
      type: 'Ropen',
      tag: m.tag,
      qid: qidOf(s, chan),
      iounit: 0,
    })),
  );
}

export function lopen(s: Session, m: MessageOf<'Tlopen'>, call: Call): Awaitable<RMessage> {
  const mode = modeOfFlags(m.flags);
  const fid = useFid(s, m.fid, call);
  return fid.own(() => {
    const chan = chanOf(fid);
    if (m.flags & L.DIRECTORY && !chan.isDir) throw new FileError('ENOTDIR');
    return after(openChan(chan, mode, call), () => ({
      type: 'Rlopen',
      tag: m.tag,
      qid: qidOf(s, chan),
      iounit: 0,
    }));
  });
}

/** An open that nobody waits for any more is closed again, and the fid is as it was. */
function openChan(chan: Chan, mode: OpenMode, call: Call): Awaitable<Chan> {
  return after(chan.open(mode, call), () => (call.dropped ? after(chan.unopen(call), () => chan) : chan));
}

export function create(s: Session, m: MessageOf<'Tcreate'>, call: Call): Awaitable<RMessage> {
  const mode = modeOf(m.mode, s.dialect === '9P2000.u');
  const fid = useFid(s, m.fid, call);
  const reply = (): RMessage => ({ type: 'Rcreate', tag: m.tag, qid: qidOf(s, chanOf(fid)), iounit: 0 });
  return fid.own(() => {
    const chan = chanOf(fid);
    if (chan.opened) throw new FileError('EBADF', 'bad use of fid');
    return after(chan.attr(call), ({ mode: dir }) => {
      const kind = m.perm & (DM.DIR | DM.SYMLINK | DM.LINK | DM.DEVICE | DM.NAMEDPIPE | DM.SOCKET);
      if (kind === 0) return after(createIn(chan, m.name, specOf(m.perm, dir, 0o666), mode, call), reply);
      if (kind >>> 0 === DM.DIR && mode !== READ) throw new FileError('EISDIR');
      if (kind >>> 0 !== DM.DIR && s.dialect !== '9P2000.u') throw new FileError('EINVAL');
      return after(makeSpecial(s, chan, kind >>> 0, m, dir, call), () =>
        becomeMade(fid, m.name, call, reply),
      );
    });
  });
}

/** A file that nobody waits for any more is removed again, and the fid is as it was. */
function createIn(chan: Chan, name: string, spec: CreateSpec, mode: OpenMode, call: Call): Awaitable<void> {
  return after(chan.create(name, spec, mode, call), () => (call.dropped ? chan.uncreate(call) : undefined));
}

/** What is no plain file is made, and the fid walked to it; a directory is opened, the others cannot be. */
function makeSpecial(
  s: Session,
  chan: Chan,
  kind: number,
  m: MessageOf<'Tcreate'>,
  dir: number,
  call: Call,
): Awaitable<unknown> {
  const { name, perm, extension = '' } = m;
  const spec = specOf(perm, dir, 0o666);
  switch (kind) {
    case DM.DIR:
      return chan.mkdir(name, specOf(perm, dir, 0o777), call);
    case DM.SYMLINK:
      return chan.symlink(name, extension, spec, call);
    case DM.LINK:
      return chan.link(name, chanOf(s.fids.get(Number.parseInt(extension, 10))), call);
    case DM.NAMEDPIPE:
      return chan.mknod(name, { ...spec, type: 'fifo', major: 0, minor: 0 }, call);
    case DM.SOCKET:
      return chan.mknod(name, { ...spec, type: 'socket', major: 0, minor: 0 }, call);
    case DM.DEVICE:
      return chan.mknod(name, { ...spec, ...deviceOf(extension) }, call);
    default:
      throw new FileError('EINVAL');
  }
}

function becomeMade(fid: Fid, name: string, call: Call, reply: () => RMessage): Awaitable<RMessage> {
  const dir = chanOf(fid);
  return after(dir.walk([name], call), ({ chan, error }) => {
    if (!chan) throw error;
    if (call.dropped) return after(chan.close('lost', call), reply);
    fid.chan = chan;
    const opened = chan.isDir ? chan.openMade(READ, call) : undefined;
    return after(opened, () => after(dir.close('clunk', call), reply));
  });
}

/** 9P2000.u: `b 8 1` or `c 1 3`. */
function deviceOf(extension: string): Pick<NodeSpec, 'type' | 'major' | 'minor'> {
  const parts = /^([bc])\s+(\d+)\s+(\d+)/.exec(extension);
  if (!parts) throw new FileError('EINVAL');
  return { type: parts[1] === 'b' ? 'block' : 'char', major: Number(parts[2]), minor: Number(parts[3]) };
}

export function lcreate(s: Session, m: MessageOf<'Tlcreate'>, call: Call): Awaitable<RMessage> {
  const mode = modeOfFlags(m.flags);
  const fid = useFid(s, m.fid, call);
  const spec: CreateSpec = { mode: m.mode & 0o7777, ...groupFor(call.user, m.gid) };
  const reply = (): RMessage => ({ type: 'Rlcreate', tag: m.tag, qid: qidOf(s, chanOf(fid)), iounit: 0 });
  return fid.own(() =>
    rescue(
      () => after(createIn(chanOf(fid), m.name, spec, mode, call), reply),
      (error) => {
        // As open(2) without O_EXCL: another client was quicker, and its file is the one that is opened.
        if (codeOf(error) !== 'EEXIST' || m.flags & L.EXCL) throw error;
        return after(openExisting(fid, m.name, mode, call), reply);
      },
    ),
  );
}

function openExisting(fid: Fid, name: string, mode: OpenMode, call: Call): Awaitable<void> {
  const dir = chanOf(fid);
  return after(dir.walk([name], call), ({ chan, error }) => {
    if (!chan) throw error;
    const opened = rescue(
      () => chan.open(mode, call),
      (problem) =>
        after(chan.close('lost', call), () => {
          throw problem;
        }),
    );
    return after(opened, () => {
      if (call.dropped) return chan.close('lost', call);
      fid.chan = chan;
      return dir.close('clunk', call);
    });
  });
}

/** A new file's bits: those asked for, as far as the directory has them (open(5)). */
function specOf(perm: number, dir: number, mask: number): CreateSpec {
  const setid =
    (perm & DM.SETUID ? 0o4000 : 0) | (perm & DM.SETGID ? 0o2000 : 0) | (perm & DM.SETVTX ? 0o1000 : 0);
  return {
    mode: (perm & 0o777 & (~mask | (dir & mask))) | setid,
    append: (perm & DM.APPEND) !== 0,
    exclusive: (perm & DM.EXCL) !== 0,
    temporary: (perm & DM.TMP) !== 0,
  };
}

const MODES = new Map<number, OpenMode>();

/** A Plan 9 mode; the same object for the same number, for the common ones are asked for all the time. */
function modeOf(bits: number, unix: boolean): OpenMode {
  const known = O.TRUNC | O.CEXEC | O.RCLOSE | (unix ? APPEND_U : 0) | 3;
  if (bits & ~known) throw new FileError('EINVAL', 'illegal mode');
  const way = bits & 3;
  if ((bits & ~O.CEXEC) === 0) return READ;
  let mode = MODES.get(bits);
  if (!mode) {
    mode = openMode({
      read: way === O.READ || way === O.RDWR,
      write: way === O.WRITE || way === O.RDWR,
      execute: way === O.EXEC,
      truncate: (bits & O.TRUNC) !== 0,
      append: (bits & APPEND_U) !== 0,
      removeOnClose: (bits & O.RCLOSE) !== 0,
    });
    MODES.set(bits, mode);
  }
  return mode;
}

/** Linux's flags, of which only these mean anything on the wire. */
function modeOfFlags(flags: number): OpenMode {
  const bits = flags & (L.WRONLY | L.RDWR | L.TRUNC | L.APPEND);
  if (bits === 0) return READ;
  if ((bits & 3) === 3) throw new FileError('EINVAL');
  const key = -1 - bits;
  let mode = MODES.get(key);
  if (!mode) {
    mode = openMode({
      read: (bits & L.WRONLY) === 0,
      write: (bits & (L.WRONLY | L.RDWR)) !== 0,
      truncate: (bits & L.TRUNC) !== 0,
      append: (bits & L.APPEND) !== 0,
    });
    MODES.set(key, mode);
  }
  return mode;
}

/** Tstat and Twstat (stat(5)). */
import {
  FileError,
  after,
  rescue,
  type Attr,
  type Awaitable,
  type Chan,
  type Change,
} from '../../file/index.ts';
import { DM, NONUNAME, type MessageOf, type RMessage, type Stat } from '../../protocol/index.ts';
import type { Call } from '../call.ts';
import type { Session } from '../session.ts';
import { chanOf, qidOf, useFid } from './context.ts';
import { renamed } from './names.ts';

const NONE32 = 0xffff_ffff;
const NONE16 = 0xffff;

export function stat(s: Session, m: MessageOf<'Tstat'>, call: Call): Awaitable<RMessage> {
  const fid = useFid(s, m.fid, call);
  return fid.share(() =>
    after(statOf(s, chanOf(fid), call), (made) => ({ type: 'Rstat', tag: m.tag, stat: made })),
  );
}

function statOf(s: Session, chan: Chan, call: Call): Awaitable<Stat> {
  const { projection } = s.service;
  return after(chan.attr(call), (attr) => {
    const context = { name: chan.name, qid: qidOf(s, chan) };
    if (attr.type !== 'symlink' || s.dialect !== '9P2000.u') return projection.stat(attr, context, s.dialect);
    return after(chan.readlink(call), (target) => projection.stat(attr, { ...context, target }, s.dialect));
  });
}

/** All of it happens, or nothing: everything is checked first, the name changes last, and a failure there is undone. */
export function wstat(s: Session, m: MessageOf<'Twstat'>, call: Call): Awaitable<RMessage> {
  const fid = useFid(s, m.fid, call);
  const reply = (): RMessage => ({ type: 'Rwstat', tag: m.tag });
  return fid.share(() => {
    const chan = chanOf(fid);
    return after(statOf(s, chan, call), (now) => {
      const change = changeOf(m.stat, now, s.dialect === '9P2000.u');
      const name = m.stat.name !== '' && m.stat.name !== now.name ? m.stat.name : undefined;
      if (name === undefined)
        return after(change ? chan.change(change, call) : commit(m.stat, chan, call), reply);
      return after(mayRename(chan, name, call), () =>
        after(change ? changeAndRename(s, chan, change, name, call) : renameTo(s, chan, name, call), reply),
      );
    });
  });
}

/** A Twstat that changes nothing asks for what was written to be made safe. */
function commit(stat: Stat, chan: Chan, call: Call): Awaitable<void> {
  return isSync(stat) && chan.opened ? chan.sync(false, call) : undefined;
}

function isSync(stat: Stat): boolean {
  return stat.mode === NONE32 && stat.length === -1 && stat.mtime === NONE32 && stat.atime === NONE32;
}

function mayRename(chan: Chan, name: string, call: Call): Awaitable<void> {
  return chan.inParent(call, (parent) =>
    after(parent.lookup(name, call), (found) => {
      found?.release?.();
      if (found) throw new FileError('EEXIST');
    }),
  );
}

function renameTo(s: Session, chan: Chan, name: string, call: Call): Awaitable<void> {
  const { name: before } = chan;
  return chan.inParent(call, (parent) =>
    after(parent.rename(before, parent, name, false, call), () =>
      renamed(s, parent.file, before, parent, name),
    ),
  );
}

function changeAndRename(s: Session, chan: Chan, change: Change, name: string, call: Call): Awaitable<void> {
  return after(chan.attr(call), (attr) => {
    const undo = undoOf(change, attr);
    return after(chan.change(change, call), () =>
      rescue(
        () => renameTo(s, chan, name, call),
        (error) =>
          after(chan.change(undo, call), () => {
            throw error;
          }),
      ),
    );
  });
}

/** What restores the attributes; a length that was cut cannot come back, so the name was checked before. */
function undoOf(change: Change, attr: Attr): Change {
  return {
    ...(change.mode !== undefined && { mode: attr.mode }),
    ...(change.append !== undefined && { append: attr.append === true }),
    ...(change.exclusive !== undefined && { exclusive: attr.exclusive === true }),
    ...(change.temporary !== undefined && { temporary: attr.temporary === true }),
    ...(change.group !== undefined && attr.group !== undefined && { group: attr.group }),
    ...(change.gid !== undefined && attr.gid !== undefined && { gid: attr.gid }),
    ...(change.atime !== undefined && { atime: attr.atime }),
    ...(change.mtime !== undefined && { mtime: attr.mtime }),
  };
}

/** What the stat changes; undefined for nothing. A field that is refused may be there if it says what is so anyway. */
function changeOf(want: Stat, now: Stat, unix: boolean): Change | undefined {
  checkFixed(want, now);
  const change = {
    ...(want.mode !== NONE32 && modeChange(want.mode, now.mode, unix)),
    ...(want.length !== -1 && { size: want.length }),
    ...(want.atime !== NONE32 && want.atime !== now.atime && { atime: { sec: want.atime, nsec: 0 } }),
    ...(want.mtime !== NONE32 && { mtime: { sec: want.mtime, nsec: 0 } }),
    ...(want.gid !== '' && want.gid !== now.gid && { group: want.gid }),
    ...(unix && given(want.n_uid) && want.n_uid !== now.n_uid && { uid: want.n_uid }),
    ...(unix && given(want.n_gid) && want.n_gid !== now.n_gid && { gid: want.n_gid }),
  };
  return Object.keys(change).length > 0 ? change : undefined;
}

function given(id: number | undefined): id is number {
  return id !== undefined && id !== NONUNAME;
}

function checkFixed(want: Stat, now: Stat): void {
  const fixed =
    (want.type === NONE16 || want.type === now.type) &&
    (want.dev === NONE32 || want.dev === now.dev) &&
    (want.uid === '' || want.uid === now.uid) &&
    (want.muid === '' || want.muid === now.muid) &&
    isSameQid(want.qid, now.qid);
  if (!fixed) throw new FileError('EPERM', 'wstat prohibited');
  if (want.length > 0 && (now.mode & DM.DIR) !== 0) throw new FileError('EISDIR');
}

function isSameQid(want: Stat['qid'], now: Stat['qid']): boolean {
  return (
    (want.type === 0xff || want.type === now.type) &&
    (want.version === NONE32 || want.version === now.version) &&
    (want.path === 0xffff_ffff_ffff_ffffn || want.path === now.path)
  );
}

function modeChange(want: number, now: number, unix: boolean): Change {
  if (((want ^ now) & DM.DIR) !== 0) {
    throw new FileError('EPERM', "wstat can't convert between files and directories");
  }
  const setid = unix
    ? (want & DM.SETUID ? 0o4000 : 0) | (want & DM.SETGID ? 0o2000 : 0) | (want & DM.SETVTX ? 0o1000 : 0)
    : 0;
  const flag = (bit: number): boolean | undefined =>
    ((want ^ now) & bit) !== 0 ? (want & bit) !== 0 : undefined;
  const append = flag(DM.APPEND);
  const exclusive = flag(DM.EXCL);
  const temporary = flag(DM.TMP);
  return {
    mode: (want & 0o777) | setid,
    ...(append !== undefined && { append }),
    ...(exclusive !== undefined && { exclusive }),
    ...(temporary !== undefined && { temporary }),
  };
}

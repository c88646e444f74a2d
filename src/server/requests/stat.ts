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
  return fid.share(() => {
    const chan = chanOf(fid);
    return after(chan.attr(call), (attr) =>
      after(statOf(s, chan, attr, call), (made) => ({ type: 'Rstat', tag: m.tag, stat: made })),
    );
  });
}

function statOf(s: Session, chan: Chan, attr: Attr, call: Call): Awaitable<Stat> {
  const { projection } = s.service;
  const context = { name: chan.name, qid: qidOf(s, chan) };
  if (attr.type !== 'symlink' || s.dialect !== '9P2000.u') return projection.stat(attr, context, s.dialect);
  return after(chan.readlink(call), (target) => projection.stat(attr, { ...context, target }, s.dialect));
}

/** All of it happens, or nothing: the name changes first, and back again if the rest is refused. */
export function wstat(s: Session, m: MessageOf<'Twstat'>, call: Call): Awaitable<RMessage> {
  const fid = useFid(s, m.fid, call);
  const reply = (): RMessage => ({ type: 'Rwstat', tag: m.tag });
  return fid.share(() => {
    const chan = chanOf(fid);
    return after(chan.attr(call), (attr) =>
      after(statOf(s, chan, attr, call), (now) => {
        // The size of a synthetic file says nothing: a length that is the same may still cut what was written.
        const cutsSame = attr.nature !== 'plain' && chan.opened?.change !== undefined;
        const change = changeOf(m.stat, now, { unix: s.dialect === '9P2000.u', cutsSame });
        if (m.stat.name !== '' && m.stat.name !== now.name) {
          return after(renameAndChange(s, chan, m.stat.name, change, call), reply);
        }
        return after(change ? chan.change(change, call) : commit(m.stat, chan, call), reply);
      }),
    );
  });
}

/** A Twstat that changes nothing asks for what was written to be made safe. */
function commit(stat: Stat, chan: Chan, call: Call): Awaitable<void> {
  return isSync(stat) && chan.opened ? chan.sync(false, call) : undefined;
}

function isSync(stat: Stat): boolean {
  return stat.mode === NONE32 && stat.length === -1 && stat.mtime === NONE32 && stat.atime === NONE32;
}

function renameAndChange(
  s: Session,
  chan: Chan,
  name: string,
  change: Change | undefined,
  call: Call,
): Awaitable<void> {
  const { name: before } = chan;
  return after(renameTo(s, chan, name, call), () => {
    if (!change) return undefined;
    return rescue(
      () => chan.change(change, call),
      (error) =>
        after(renameTo(s, chan, before, call), () => {
          throw error;
        }),
    );
  });
}

function renameTo(s: Session, chan: Chan, name: string, call: Call): Awaitable<void> {
  const { name: before } = chan;
  return chan.inParent(call, (parent) =>
    after(parent.rename(before, parent, name, false, call), () =>
      renamed(s, parent.file, before, parent, name),
    ),
  );
}

interface ChangeRules {
  /** 9P2000.u: numbers of users and groups count. */
  readonly unix: boolean;
  /** A length counts also if it is the one that the file has. */
  readonly cutsSame: boolean;
}

/** What the stat changes; undefined for nothing. A field that is refused may be there if it says what is so anyway. */
function changeOf(want: Stat, now: Stat, { unix, cutsSame }: ChangeRules): Change | undefined {
  checkFixed(want, now);
  const change = {
    ...(want.mode !== NONE32 && want.mode !== now.mode && modeChange(want.mode, now.mode, unix)),
    ...(want.length !== -1 && (want.length !== now.length || cutsSame) && { size: want.length }),
    ...(want.atime !== NONE32 && want.atime !== now.atime && { atime: { sec: want.atime, nsec: 0 } }),
    ...(want.mtime !== NONE32 && want.mtime !== now.mtime && { mtime: { sec: want.mtime, nsec: 0 } }),
    ...(want.gid !== '' && want.gid !== now.gid && { group: want.gid }),
    ...(unix && given(want.n_uid) && want.n_uid !== now.n_uid && { uid: want.n_uid }),
    ...(unix && given(want.n_gid) && want.n_gid !== now.n_gid && { gid: want.n_gid }),
  };
  return Object.keys(change).length > 0 ? change : undefined;
}

function given(id: number | undefined): id is number {
  return id !== undefined && id !== NONUNAME;
}

/** `muid` is not looked at: Linux's client puts its own user there whenever it renames (v9fs_vfs_rename). */
function checkFixed(want: Stat, now: Stat): void {
  const fixed =
    (want.type === NONE16 || want.type === now.type) &&
    (want.dev === NONE32 || want.dev === now.dev) &&
    (want.uid === '' || want.uid === now.uid) &&
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

/** What is known of files, and of the whole file system. */
import {
  FileError,
  after,
  permitted,
  rescue,
  type Attr,
  type Awaitable,
  type Chan,
  type StatFs,
} from '../../../file/index.ts';
import { MAY } from '../../../file/permission.ts';
import type { Call } from '../call.ts';
import { ROOT, type Node } from '../node.ts';
import type { Session } from '../session.ts';
import { attrReply, emptyReply, statfsReply } from '../wire/reply.ts';
import { attrOf, tell, withChan, type Handler } from './context.ts';

/** access(2). */
const X_OK = 1;

const SETUID = 0o4000;
const SETGID = 0o2000;
const GROUP_EXECUTE = 0o0010;

export const getattr: Handler<'getattr'> = (s, q, call) => {
  const node = s.nodes.get(q.node);
  const open = q.open === undefined ? node.open : s.opens.get(q.open);
  // An open file is there, whatever has become of its name.
  if (open) return after(open.chan.attr(call), (attr) => attrReply(tell(s, node, node.identity, attr)));
  return rescue<Uint8Array>(
    () =>
      withChan(s, q.node, call, (chan) =>
        after(chan.attr(call), (attr) => attrReply(tell(s, node, chan.file, attr))),
      ),
    (error) => {
      const attr = remains(node);
      if (!attr) throw error;
      return attrReply({ attr: s.attributes.of(node.identity, attr), validFor: 0 });
    },
  );
};

/** What is left of a directory that was removed here, for those who are still in it: trees know it no more. */
function remains({ isDir, parent, id, told }: Node): Attr | undefined {
  if (!isDir || parent || id === ROOT || !told) return undefined;
  return { ...told, type: 'dir', nlink: 0, size: 0, atime: told.mtime };
}

export const setattr: Handler<'setattr'> = (s, q, call) => {
  const node = s.nodes.get(q.node);
  const open = q.open === undefined ? writer(node) : s.opens.get(q.open);
  const { killPrivileges, ...change } = q.change;
  const work = (chan: Chan): Awaitable<Uint8Array> =>
    after(chan.change(change, call), () => {
      if (open && change.size !== undefined) open.dirty = true;
      const killed = killPrivileges && change.mode === undefined ? dropPrivileges(s, node, chan) : undefined;
      return after(killed, () =>
        after(attrOf(node, chan, call), (attr) => attrReply(tell(s, node, node.identity, attr))),
      );
    });
  return open ? work(open.chan) : withChan(s, q.node, call, work);
};

/** An open of a file that has lost its name: there is no other way to it. */
function writer(node: Node) {
  return node.parent || node.opens.size === 0 ? undefined : node.open;
}

/**
 * What a write, a truncation or a change of owner does to setuid and setgid, whoever it was: it is not he who asks. Every
 * write of an ordinary user may: only files that are known to have any are asked.
 */
export function dropPrivileges(s: Session, node: Node, chan: Chan): Awaitable<void> {
  if (node.told && withoutPrivileges(node, node.told.mode) === node.told.mode) return undefined;
  return after(chan.attr(s.own), (attr) => {
    const mode = withoutPrivileges(node, attr.mode);
    if (mode === attr.mode) return undefined;
    node.told = undefined;
    return chan.change({ mode }, s.own);
  });
}

/** What a write or a change of owner leaves of a mode: setgid stays where it means mandatory locking. */
function withoutPrivileges({ isDir }: Node, mode: number): number {
  if (isDir) return mode;
  return mode & ~(SETUID | ((mode & GROUP_EXECUTE) !== 0 ? SETGID : 0));
}

export const access: Handler<'access'> = (s, q, call) =>
  withChan(s, q.node, call, (chan, node) =>
    after(attrOf(node, chan, call), (attr) => {
      checkAccess(attr, chan, q.mask, call);
      return emptyReply();
    }),
  );

/** Asked only where the kernel does not check by itself. A far side that checks is believed until it refuses. */
export function checkAccess(attr: Attr, chan: Chan, mask: number, call: Call): void {
  const runnable = (attr.mode & 0o111) !== 0 || attr.type === 'dir';
  if ((mask & X_OK) !== 0 && !runnable) throw new FileError('EACCES');
  const need = mask & (MAY.READ | MAY.WRITE | MAY.EXECUTE);
  if (!chan.file.guarded && !permitted(call.user, attr, need)) throw new FileError('EACCES');
}

/** For trees that have no figures of their own: tools want a block size, some blocks and a name length. */
export const NO_FIGURES: StatFs = {
  bsize: 4096,
  blocks: 1,
  bfree: 0,
  bavail: 0,
  files: 1,
  ffree: 0,
  fsid: 0n,
  namelen: 255,
};

export const statfs: Handler<'statfs'> = (s, q, call) =>
  withChan(s, q.node, call, (chan) =>
    after(chan.file.statfs ? chan.statfs(call) : NO_FIGURES, (figures) => statfsReply(figures)),
  );

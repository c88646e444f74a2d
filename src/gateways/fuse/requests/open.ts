/** Files and directories that are opened, made and closed. */
import { constants } from 'node:fs';
import {
  FileError,
  READ,
  READ_WRITE,
  after,
  codeOf,
  openMode,
  rescue,
  type Awaitable,
  type Chan,
  type OpenMode,
} from '../../../file/index.ts';
import type { Call } from '../call.ts';
import { abandon, chanOf, openClone, orAbandon } from '../chans.ts';
import type { Node, Told } from '../node.ts';
import { Open } from '../opens.ts';
import type { Session } from '../session.ts';
import { Stream } from '../stream.ts';
import { invalidateAttributes } from '../wire/notify.ts';
import { createReply, emptyReply, openReply, type OpenOut } from '../wire/reply.ts';
import type { RequestFor } from '../wire/request.ts';
import { dropPrivileges } from './attributes.ts';
import { entryFor, withChan, type Answer, type Handler } from './context.ts';
import { giveToCaller, groupFor } from './names.ts';

const {
  O_ACCMODE = 3,
  O_APPEND,
  O_EXCL,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
} = constants as typeof constants & {
  readonly O_ACCMODE?: number;
};

/** __FMODE_EXEC of the kernel: opened by execve(2). */
const EXECUTE = 0x20;

/** Milliseconds from a lookup to the open that is of the same system call: so close that nothing fits between them. */
const SAME_CALL = 0.25;

export const open: Handler<'open'> = (s, q, call) => {
  const mode = modeOf(q.flags);
  const node = s.nodes.get(q.node);
  const kept = s.retries.take(node, mode);
  if (kept) return after(attrOf(kept, call), (attr) => reply(s, node, kept, mode, attr, call));
  return rescue(
    () => withChan(s, q.node, call, (chan) => openFound(s, q, node, chan, mode, call)),
    (error) => {
      const code = codeOf(error);
      if (code !== 'ENOENT' && code !== 'ESTALE') throw error;
      // Gone since it was looked up: another may have taken its place, for which the kernel looks again.
      s.retries.lost(call, node.name, mode);
      throw new FileError('ESTALE', undefined, { cause: error });
    },
  );
};

function openFound(
  s: Session,
  { killPrivileges }: RequestFor<'open'>,
  node: Node,
  chan: Chan,
  mode: OpenMode,
  call: Call,
): Awaitable<Answer> {
  const fresh = isFresh(node, call);
  const { told } = node;
  const opened = fresh ? openClone(chan, mode, call) : openChecked(s, node, chan, mode, call);
  return after(opened, (own) =>
    after(killPrivileges && mode.truncate ? dropPrivileges(s, node, own) : undefined, () =>
      after(fresh && told ? told : attrOf(own, call), (attr) => reply(s, node, own, mode, attr, call)),
    ),
  );
}

/** Of what was opened just now; it is closed if they cannot be had. */
function attrOf(own: Chan, call: Call): Awaitable<Told> {
  return orAbandon(own, call, () => own.attr(call));
}

/** Whether this very system call has just looked the name up. Known once: the next one may open it without a lookup. */
function isFresh(node: Node, call: Call): boolean {
  const fresh = node.finder === call.pid && performance.now() - node.found < SAME_CALL;
  node.found = 0;
  return fresh;
}

/** The question whether the name still is this file's is asked while it is being opened; before, if that empties it. */
function openChecked(s: Session, node: Node, chan: Chan, mode: OpenMode, call: Call): Awaitable<Chan> {
  const checked = s.caching.checksOpens ? checkName(s, node, call) : undefined;
  if (!(checked instanceof Promise)) return openClone(chan, mode, call);
  if (mode.truncate) return checked.then(() => openClone(chan, mode, call));
  const opened = (async () => openClone(chan, mode, call))();
  return Promise.allSettled([checked, opened]).then(([name, own]) => {
    if (own.status === 'rejected') throw name.status === 'rejected' ? name.reason : own.reason;
    if (name.status === 'fulfilled') return own.value;
    abandon(own.value, 'lost', call);
    throw name.reason;
  });
}

/**
 * Close-to-open: the kernel may have the name from before, and another file may be there by now. With ESTALE it looks the
 * name up and tries again (path_openat, LOOKUP_REVAL).
 */
function checkName(s: Session, node: Node, call: Call): Awaitable<void> {
  const { parent, name } = node;
  if (!parent || node.told?.nature !== 'plain') return undefined;
  return s.nodes.use(parent, call, (dir) =>
    after(dir.lookup(name, call), (file) => {
      const same = file !== undefined && node.is(file);
      file?.release?.();
      if (!same) throw new FileError('ESTALE');
    }),
  );
}

/** The kernel is told what it needs to know, and forgets what is no longer true. */
function reply(
  s: Session,
  node: Node,
  chan: Chan,
  mode: OpenMode,
  attr: Told,
  call: Call,
): Awaitable<Answer> {
  const stale = s.caching.checksOpens && attr.nature === 'plain' && !mode.truncate && !asTold(node, attr);
  return after(register(s, node, chan, mode, attr, call), (out) => {
    if (!stale) return openReply(out);
    node.told = undefined;
    return s.device.notify(invalidateAttributes(node.id)).then(() => openReply(out));
  });
}

function asTold({ told }: Node, attr: Told): boolean {
  return (
    told !== undefined &&
    told.size === attr.size &&
    told.mtime.sec === attr.mtime.sec &&
    told.mtime.nsec === attr.mtime.nsec
  );
}

/** @throws FileError EINTR if the kernel does not wait for it any more, and will not release it. */
function register(
  s: Session,
  node: Node,
  chan: Chan,
  mode: OpenMode,
  attr: Told,
  call: Call,
): Awaitable<OpenOut> {
  const mappable = mode.append && mode.read && attr.nature === 'plain';
  const placing = mappable ? openPlacing(s, node, call) : undefined;
  return after(placing, (another) => registerNow(s, node, chan, another, mode, attr, call));
}

/** See {@link Open.placing}; undefined where the file can be opened to append alone. */
function openPlacing(s: Session, node: Node, call: Call): Awaitable<Chan | undefined> {
  return rescue<Chan | undefined>(
    () => s.nodes.use(node, call, (chan) => openClone(chan, READ_WRITE, call)),
    () => undefined,
  );
}

function registerNow(
  s: Session,
  node: Node,
  chan: Chan,
  placing: Chan | undefined,
  mode: OpenMode,
  attr: Told,
  call: Call,
): OpenOut {
  if (call.answered) {
    for (const each of [chan, placing]) if (each) abandon(each, 'lost', s.own);
    throw new FileError('EINTR');
  }
  const id = s.opens.next();
  const stream =
    attr.nature === 'stream' ? new Stream(chan, call.user, () => s.polls.changed(id)) : undefined;
  const plain = attr.nature === 'plain';
  add(s, new Open(id, node, chan, mode, { plain, stream, placing }), call);
  return { open: id, flags: s.caching.content(attr, mode.append) };
}

/** Once more to be released by the kernel, if it hears of it. */
function add(s: Session, open: Open, call: Call): void {
  s.opens.add(open);
  call.promise(() => {
    if (s.opens.find(open.id) !== open) return;
    forget(s, open);
    abandon(open.chan, 'lost', s.own);
    if (open.placing) abandon(open.placing, 'lost', s.own);
  });
}

/** The kernel will not ask about it any more. */
function forget(s: Session, open: Open): void {
  s.opens.delete(open);
  s.polls.end(open.id);
  open.stream?.end();
  open.listing?.end();
}

export const create: Handler<'create'> = (s, q, call) => {
  const mode = modeOf(q.flags & ~O_TRUNC);
  return withChan(s, q.node, call, (chan, dir) =>
    rescue(
      () => createIn(s, q, mode, chan, dir, call),
      (error) => {
        // As open(2) without O_EXCL: somebody else was quicker, and that file is the one that is opened.
        if (codeOf(error) !== 'EEXIST' || (q.flags & O_EXCL) !== 0) throw error;
        return openExisting(s, q, chan, dir, call);
      },
    ),
  );
};

function createIn(
  s: Session,
  q: RequestFor<'create'>,
  mode: OpenMode,
  chan: Chan,
  dir: Node,
  call: Call,
): Awaitable<Answer> {
  const own = chan.clone();
  const spec = { mode: q.mode & 0o7777, ...groupFor(dir, q.gid) };
  return orAbandon(own, call, () =>
    after(own.create(q.name, spec, mode, call), () => made(s, q.name, mode, own, dir, call)),
  );
}

function made(s: Session, name: string, mode: OpenMode, own: Chan, dir: Node, call: Call): Awaitable<Answer> {
  return after(own.attr(call), (attr) => {
    const entry = entryFor(s, dir, name, own.asRoot(), attr, call);
    const node = s.nodes.get(entry.node);
    return after(register(s, node, own, mode, attr, call), (out) =>
      after(giveToCaller(s, entry.node, dir, call), (given) => createReply({ ...entry, ...given }, out)),
    );
  });
}

function openExisting(
  s: Session,
  q: RequestFor<'create'>,
  chan: Chan,
  dir: Node,
  call: Call,
): Awaitable<Answer> {
  const mode = modeOf(q.flags);
  return after(chan.lookup(q.name, call), (file) => {
    if (!file) throw new FileError('ENOENT');
    const found = chanOf(file, s.settings.readOnly);
    return orAbandon(found, call, () =>
      after(openClone(found, mode, call), (own) =>
        orAbandon(own, call, () =>
          after(own.attr(call), (attr) => {
            const entry = entryFor(s, dir, q.name, found, attr, call);
            const registered = register(s, s.nodes.get(entry.node), own, mode, attr, call);
            return after(registered, (out) => createReply(entry, out));
          }),
        ),
      ),
    );
  });
}

export const opendir: Handler<'opendir'> = (s, q, call) =>
  withChan(s, q.node, call, (chan, node) =>
    after(openClone(chan, READ, call), (own) => {
      const open = new Open(s.opens.next(), node, own, READ, { plain: false });
      add(s, open, call);
      return openReply({ open: open.id, flags: s.caching.listing(node.told?.nature ?? 'synthetic') });
    }),
  );

/** The last close(2). Its error reaches nobody: a flush has been before. */
export const release: Handler<'release'> = (s, q, call) => {
  const open = s.opens.get(q.open);
  forget(s, open);
  const close = (): Awaitable<Answer> => {
    try {
      if (open.placing) abandon(open.placing, 'clunk', call);
      return after(open.chan.close('clunk', call), emptyReply);
    } finally {
      s.locks.ended(open);
    }
  };
  if (q.owner === undefined) return close();
  return s.locks.release(open, q.owner, true, call).then(close, close);
};

/**
 * A close(2) of one of several descriptors: what was written is kept from then on, or the error is told. Whoever waits for
 * the lock finds what was written under it.
 */
export const flush: Handler<'flush'> = (s, q, call) => {
  const open = s.opens.get(q.open);
  call.patience = 'closing';
  const unlocked = (): Awaitable<unknown> => unlock(s, open.node, q.owner, call);
  const committed = rescue(
    () => commit(open, call),
    (error) =>
      after(unlocked(), () => {
        throw error;
      }),
  );
  return after(committed, () => after(unlocked(), emptyReply));
};

/** What a plain file acknowledged, it has. */
function commit(open: Open, call: Call): Awaitable<void> {
  if (!open.dirty || open.plain) return undefined;
  open.dirty = false;
  return open.chan.flush(call);
}

/** A process that closes any descriptor of a file gives all its locks on it back (fcntl_locking(2)). */
function unlock(s: Session, node: Node, owner: bigint, call: Call): Awaitable<unknown> {
  let released: Awaitable<unknown>;
  for (const open of node.opens) {
    if (open.lockers.delete(owner))
      released = after(released, () => s.locks.release(open, owner, false, call));
  }
  return released;
}

/** FSYNC and FSYNCDIR. */
export function fsync(
  s: Session,
  q: { readonly open: number; readonly dataOnly: boolean },
  call: Call,
): Awaitable<Answer> {
  const open = s.opens.get(q.open);
  return after(open.chan.sync(q.dataOnly, call), () => {
    open.dirty = false;
    return emptyReply();
  });
}

const MODES = new Map<number, OpenMode>();

/** Of the flags of open(2), what trees know. The same object for the same flags. */
export function modeOf(flags: number): OpenMode {
  const bits = flags & (O_ACCMODE | O_TRUNC | O_APPEND | EXECUTE);
  let mode = MODES.get(bits);
  if (!mode) {
    const access = bits & O_ACCMODE;
    if (access === O_ACCMODE) throw new FileError('EINVAL');
    mode = openMode({
      read: access !== O_WRONLY,
      write: access === O_WRONLY || access === O_RDWR,
      execute: (bits & EXECUTE) !== 0,
      truncate: (bits & O_TRUNC) !== 0,
      append: (bits & O_APPEND) !== 0,
    });
    MODES.set(bits, mode);
  }
  return mode;
}

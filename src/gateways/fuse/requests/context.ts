/** What handlers have in common. */
import {
  FileError,
  after,
  codeOf,
  type Attr,
  type Awaitable,
  type Chan,
  type File,
  type OpenMode,
  type Request,
} from '../../../file/index.ts';
import type { Call } from '../call.ts';
import { abandon, chanOf, openClone, orAbandon } from '../chans.ts';
import { toldOf, type Node } from '../node.ts';
import type { Session } from '../session.ts';
import type { EntryOut, AttrOut } from '../wire/reply.ts';
import type { FuseCall, RequestFor } from '../wire/request.ts';

/** A message for the kernel, whose header is yet to be filled in; data that are sent from where they are; or an error. */
export type Answer = Uint8Array | { readonly data: Uint8Array } | { readonly errno: number };

export type Op = Exclude<FuseCall['op'], 'init' | 'destroy' | 'forget' | 'interrupt' | 'unknown'>;

/** How often a name is looked up that is another file's each time before it is opened. */
const ATTEMPTS = 10;

export type Handler<O extends Op> = (s: Session, q: RequestFor<O>, call: Call) => Awaitable<Answer>;

/** Works with the Chan of the file that a request is about. */
export function withChan<T>(
  s: Session,
  id: number,
  call: Call,
  work: (chan: Chan, node: Node) => Awaitable<T>,
): Awaitable<T> {
  const node = s.nodes.get(id);
  return s.nodes.use(node, call, (chan) => work(chan, node));
}

/** What is known of a file now: of one that is open, whatever has become of its name. */
export function attrOf(node: Node, chan: Chan, r: Request): Awaitable<Attr> {
  return (node.open?.chan ?? chan).attr(r);
}

/** Attributes for the kernel, who is told of them. */
export function tell(s: Session, node: Node, file: Pick<File, 'tree' | 'qid'>, attr: Attr): AttrOut {
  node.told = toldOf(attr);
  return { attr: s.attributes.of(file, attr), validFor: s.caching.attr(attr) };
}

/**
 * The entry for a file that was found, or made, under a name: one more for the kernel to forget.
 *
 * @throws FileError EINTR if the kernel does not wait for it any more, and will not forget it.
 */
export function entryFor(s: Session, dir: Node, name: string, chan: Chan, attr: Attr, call: Call): EntryOut {
  const { file } = chan;
  if (call.answered) {
    abandon(chan, 'lost', s.own);
    throw new FileError('EINTR');
  }
  const node = s.nodes.found(dir, name, chan);
  node.finder = call.pid;
  node.found = performance.now();
  call.promise(() => s.nodes.forget(node.id, 1));
  const { attr: shown, validFor } = tell(s, node, file, attr);
  return {
    node: node.id,
    attr: shown,
    validFor,
    entryValidFor: s.caching.entry(dir.told?.nature, attr),
  };
}

/** Looks a name up; undefined if there is none. */
export function lookUp(
  s: Session,
  dir: Node,
  from: Chan,
  name: string,
  call: Call,
): Awaitable<EntryOut | undefined> {
  return after(from.lookup(name, call), (file) => {
    if (!file) return undefined;
    const chan = chanOf(file, s.settings.readOnly);
    return after(
      orAbandon(chan, call, () => chan.attr(call)),
      (attr) => entryFor(s, dir, name, chan, attr, call),
    );
  });
}

/** The same, for an open that came too late the last time: what is found is open when the kernel hears of it. */
export async function lookUpOpen(
  s: Session,
  dir: Node,
  from: Chan,
  name: string,
  mode: OpenMode,
  call: Call,
): Promise<EntryOut | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const file = await from.lookup(name, call);
    if (!file) return undefined;
    const chan = chanOf(file, s.settings.readOnly);
    let own: Chan;
    try {
      own = await openClone(chan, mode, call);
    } catch (error) {
      abandon(chan, 'clunk', call);
      if (codeOf(error) === 'ENOENT') continue;
      break;
    }
    return keepOpen(s, dir, name, chan, own, mode, call);
  }
  return lookUp(s, dir, from, name, call);
}

async function keepOpen(
  s: Session,
  dir: Node,
  name: string,
  chan: Chan,
  own: Chan,
  mode: OpenMode,
  call: Call,
): Promise<EntryOut> {
  try {
    const entry = entryFor(s, dir, name, chan, await orAbandon(chan, call, () => chan.attr(call)), call);
    s.retries.keep(s.nodes.get(entry.node), own, mode);
    return entry;
  } catch (error) {
    abandon(own, 'lost', s.own);
    throw error;
  }
}

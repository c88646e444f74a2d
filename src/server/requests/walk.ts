/** Twalk (walk(5)). */
import { FileError, after, type Awaitable, type Chan, type Walked } from '../../file/index.ts';
import { MAXWELEM, type MessageOf, type RMessage } from '../../protocol/index.ts';
import type { Call } from '../call.ts';
import { Fid } from '../fids.ts';
import type { Session } from '../session.ts';
import { making } from './attach.ts';
import { chanOf, useFid } from './context.ts';

export function walk(s: Session, m: MessageOf<'Twalk'>, call: Call): Awaitable<RMessage> {
  if (m.wname.length > MAXWELEM) throw new FileError('EINVAL');
  const fid = useFid(s, m.fid, call);
  if (m.newfid === m.fid) return fid.own(() => walkItself(s, fid, m, call));
  const made = new Fid(m.newfid, fid.user, fid.aname);
  s.fids.add(made);
  return making(s, made, () =>
    fid.share(() =>
      follow(s, chanOf(fid), m, call, (chan) => {
        made.chan = chan;
      }),
    ),
  );
}

/** A fid that is open stays what it is; walking from it to another fid is allowed, for Linux does so. */
function walkItself(s: Session, fid: Fid, m: MessageOf<'Twalk'>, call: Call): Awaitable<RMessage> {
  const before = chanOf(fid);
  if (before.opened) throw new FileError('EBADF', 'bad use of fid');
  if (m.wname.length === 0) return { type: 'Rwalk', tag: m.tag, wqid: [] };
  return follow(s, before, m, call, (chan) => {
    fid.chan = chan;
    return before.close('clunk', call);
  });
}

function follow(
  s: Session,
  from: Chan,
  m: MessageOf<'Twalk'>,
  call: Call,
  bind: (chan: Chan) => Awaitable<void>,
): Awaitable<RMessage> {
  if (m.wname.length > 0 && !from.isDir) throw new FileError('ENOTDIR');
  return after(from.walk(m.wname, call), (walked) => {
    const reply = answer(s, m, walked);
    const { chan } = walked;
    if (!chan) return reply;
    return after(call.dropped ? chan.close('lost', call) : bind(chan), () => reply);
  });
}

/** The first name must be found; a walk that ends later says how far it came, and changes no fid. */
function answer(s: Session, m: MessageOf<'Twalk'>, walked: Walked): RMessage {
  if (walked.files.length === 0 && walked.error !== undefined) throw walked.error;
  const { projection } = s.service;
  return {
    type: 'Rwalk',
    tag: m.tag,
    wqid: walked.files.map((file) => projection.qid(file.tree, file.qid, s.dialect)),
  };
}

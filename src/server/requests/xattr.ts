/** Txattrwalk and Txattrcreate: an attribute becomes a fid that is read or written. */
import { FileError, after, type Awaitable } from '../../file/index.ts';
import { XATTR, encodeText, textLength, type MessageOf, type RMessage } from '../../protocol/index.ts';
import type { Call } from '../call.ts';
import { Fid } from '../fids.ts';
import type { Session } from '../session.ts';
import { making } from './attach.ts';
import { chanOf, useFid } from './context.ts';

/** The largest value that Linux has (xattr(7)), in bytes. */
const VALUE_MAX = 65536;

export function xattrwalk(s: Session, m: MessageOf<'Txattrwalk'>, call: Call): Awaitable<RMessage> {
  const fid = useFid(s, m.fid, call);
  const made = new Fid(m.newfid, fid.user, fid.aname);
  s.fids.add(made);
  const work = (): Awaitable<RMessage> => {
    const chan = chanOf(fid);
    return after(chan.xattrs(m.name === '' ? 'list' : 'read', call), (xattrs) => {
      const value =
        m.name === '' ? after(xattrs.list(call), listed) : after(xattrs.get(m.name, call), (bytes) => bytes);
      return after(value, (bytes) => {
        if (!call.dropped) {
          made.xattr = { purpose: 'read', value: bytes, letGo: s.memory.keep(bytes.length) };
          made.chan = chan.clone();
        }
        return { type: 'Rxattrwalk', tag: m.tag, size: bytes.length };
      });
    });
  };
  return making(s, made, () => fid.share(work));
}

/** Names, each ended by a NUL, as listxattr(2) has them. */
function listed(names: readonly string[]): Uint8Array {
  const text = names.map((name) => `${name}\0`).join('');
  const bytes = new Uint8Array(textLength(text));
  encodeText(text, bytes, 0);
  return bytes;
}

export function xattrcreate(s: Session, m: MessageOf<'Txattrcreate'>, call: Call): Awaitable<RMessage> {
  if (m.attr_size > VALUE_MAX) throw new FileError('E2BIG');
  if (m.name === '') throw new FileError('EINVAL');
  const how = m.flags & XATTR.CREATE ? 'create' : m.flags & XATTR.REPLACE ? 'replace' : 'any';
  const fid = useFid(s, m.fid, call);
  return fid.own(() => {
    const chan = chanOf(fid);
    if (chan.opened) throw new FileError('EBADF', 'bad use of fid');
    return after(chan.xattrs('write', call), () => {
      if (!call.dropped) {
        const letGo = s.memory.keep(m.attr_size);
        const value = new Uint8Array(m.attr_size);
        fid.xattr = { purpose: 'write', name: m.name, value, written: 0, how, letGo };
      }
      return { type: 'Rxattrcreate', tag: m.tag };
    });
  });
}

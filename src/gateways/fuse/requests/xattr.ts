/** Extended attributes (xattr(7)). */
import { FileError, after, type Awaitable, type Chan, type Xattrs } from '../../../file/index.ts';
import { encodeName } from '../../../host/name.ts';
import type { Call } from '../call.ts';
import type { Session } from '../session.ts';
import { dataReply, emptyReply, xattrSizeReply } from '../wire/reply.ts';
import { withChan, type Answer, type Handler } from './context.ts';

/**
 * What the kernel asks for by itself, all the time, and what only means something where the rights are checked: that is
 * behind the tree, and not to be asked for here.
 */
export const OWN = /^(user|trusted)\./;

function withXattrs(
  s: Session,
  node: number,
  purpose: Parameters<Chan['xattrs']>[0],
  call: Call,
  work: (xattrs: Xattrs) => Awaitable<Answer>,
): Awaitable<Answer> {
  const { parent, open } = s.nodes.get(node);
  const use = (chan: Chan): Awaitable<Answer> => after(chan.xattrs(purpose, call), work);
  // There is no other way to an open file that has lost its name.
  return open && !parent ? use(open.chan) : withChan(s, node, call, use);
}

/** @throws FileError EINVAL for the name of a kind alone, as Linux does. */
function isOwn(name: string): boolean {
  if (!OWN.test(name)) return false;
  if (name === 'user.' || name === 'trusted.') throw new FileError('EINVAL');
  return true;
}

function sized(value: Uint8Array, room: number): Answer {
  if (room === 0) return xattrSizeReply(value.length);
  if (value.length > room) throw new FileError('ERANGE');
  return dataReply(value);
}

export const getxattr: Handler<'getxattr'> = (s, q, call) => {
  if (!isOwn(q.name)) throw new FileError(q.name.startsWith('security.') ? 'ENODATA' : 'EOPNOTSUPP');
  return withXattrs(s, q.node, 'read', call, (xattrs) =>
    after(xattrs.get(q.name, call), (value) => sized(value, q.size)),
  );
};

export const listxattr: Handler<'listxattr'> = (s, q, call) =>
  withXattrs(s, q.node, 'list', call, (xattrs) =>
    after(xattrs.list(call), (names) => {
      const known = names.filter((name) => OWN.test(name)).map((name) => encodeName(`${name}\0`));
      return sized(Buffer.concat(known), q.size);
    }),
  );

export const setxattr: Handler<'setxattr'> = (s, q, call) => {
  if (!isOwn(q.name)) throw new FileError('EOPNOTSUPP');
  return withXattrs(s, q.node, 'write', call, (xattrs) =>
    after(xattrs.set(q.name, q.value, q.how, call), emptyReply),
  );
};

export const removexattr: Handler<'removexattr'> = (s, q, call) => {
  if (!isOwn(q.name)) throw new FileError('EOPNOTSUPP');
  return withXattrs(s, q.node, 'write', call, (xattrs) => after(xattrs.remove(q.name, call), emptyReply));
};

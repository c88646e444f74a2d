/** Tversion: the dialect and the size of messages that both sides agree on (version(5)). */
import { FileError } from '../../file/index.ts';
import {
  MalformedError,
  NOTAG,
  decode,
  type Cursor,
  type Dialect,
  type Message,
} from '../../protocol/index.ts';
import { onAbort } from '../abort.ts';
import { ConnectionError } from './errors.ts';
import type { Wire } from './wire.ts';

/** Below this not even a name of the usual length fits into a message. */
const LEAST_MSIZE = 256;

const RLERROR = 7;
const RVERSION = 101;
const RERROR = 107;

export interface Offer {
  /** The largest message that is offered, in bytes. */
  readonly msize: number;
  /** The dialects that are offered, the best one first. */
  readonly dialects: readonly Dialect[];
  /** Milliseconds that the server has for all of it. */
  readonly timeout: number;
  readonly signal?: AbortSignal;
}

export interface Agreement {
  readonly msize: number;
  readonly dialect: Dialect;
}

/**
 * Offers one dialect after the other until the server takes one. What it answers instead is taken too if it is among
 * those offered: a server may answer `9P2000` to `9P2000.L`.
 *
 * @throws ConnectionError; the wire is broken off then.
 */
export async function negotiate(wire: Wire, offer: Offer): Promise<Agreement> {
  const { timeout, signal } = offer;
  const { address } = wire;
  const late = `${address} has not answered within ${timeout / 1000} s: is it a 9P server?`;
  const timer = setTimeout(() => wire.fail(new ConnectionError('ETIMEDOUT', address, late)), timeout);
  const ignore = signal && onAbort(signal, () => wire.fail(signal.reason as Error));
  try {
    signal?.throwIfAborted();
    return await agree(wire, offer);
  } catch (error) {
    const failure = describe(error, address);
    wire.fail(failure);
    throw failure;
  } finally {
    clearTimeout(timer);
    ignore?.();
  }
}

async function agree(wire: Wire, { msize, dialects }: Offer): Promise<Agreement> {
  const refusals: string[] = [];
  for (const offered of dialects) {
    const answer = await ask(wire, offered, msize);
    const dialect = answer.type === 'Rversion' && dialects.find((known) => known === answer.version);
    if (!dialect) {
      refusals.push(`${offered}: ${refusal(answer)}`);
      continue;
    }
    const agreed = Math.min(msize, answer.msize);
    if (agreed >= LEAST_MSIZE) return { dialect, msize: agreed };
    const small = `${wire.address} allows messages of ${agreed} bytes only; ${LEAST_MSIZE} are needed`;
    throw new ConnectionError('EPROTO', wire.address, small);
  }
  const text = `${wire.address} speaks no dialect of 9P that was offered (${refusals.join('; ')})`;
  throw new ConnectionError('EPROTONOSUPPORT', wire.address, text);
}

function refusal(answer: Message): string {
  if (answer.type === 'Rversion') return `answered ${JSON.stringify(answer.version)}`;
  return answer.type === 'Rerror' ? answer.ename : 'refused';
}

function ask(wire: Wire, version: Dialect, msize: number): Promise<Message> {
  return new Promise((resolve, reject) => {
    wire.listen({
      frame: (frame) => resolve(readAnswer(frame)),
      ended: (error) => reject(error ?? new FileError('EPIPE')),
    });
    wire.send({ type: 'Tversion', tag: NOTAG, msize, version }, version);
  });
}

/** Before a dialect is agreed an error may come in the form of any. */
function readAnswer(frame: Cursor): Message {
  const from = frame.at;
  const type = frame.bytes[from + 4];
  if (type === RVERSION) return decode(frame, '9P2000');
  if (type === RLERROR) return decode(frame, '9P2000.L');
  if (type !== RERROR) throw new MalformedError(`a message of type ${type} in answer to a Tversion`);
  try {
    return decode(frame, '9P2000.u');
  } catch {
    frame.at = from;
    return decode(frame, '9P2000');
  }
}

function describe(error: unknown, address: string): Error {
  if (error instanceof MalformedError) {
    return new ConnectionError('EPROTO', address, `${address} does not speak 9P`, error);
  }
  if (error instanceof FileError) {
    const text = `${address} closed the connection before it had agreed on a version: is it a 9P server?`;
    return new ConnectionError('ECONNRESET', address, text);
  }
  return error as Error;
}

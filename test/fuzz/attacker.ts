/** One hostile connection: it negotiates, or not, sends what it should not, and leaves as it should not. */
import { setTimeout as sleep } from 'node:timers/promises';
import { NOFID, encodeMessage, type Dialect, type Message, type Random } from '../../src/protocol/index.ts';
import { DIALECTS, seeded } from '../protocol/seeded.ts';
import { within } from './patience.ts';
import { anySillyMessage, broken, mutated, sillyMessage } from './silly.ts';
import { Wire, type Address } from './wire.ts';

/** Milliseconds that a server may take to answer a polite question, and to go on reading. */
const PATIENCE = 15_000;
/** Milliseconds that an attacker who reads no answers is left to it, once the server reads no more questions. */
const DEAFNESS = 300;
const FIRST_FIDS = 3;
const LAST_TAG = 0xfff0;

export interface Tally {
  connections: number;
  messages: number;
  replies: number;
  errors: number;
}

/**
 * Lives one connection, all of which follows from the seed.
 *
 * @returns what the server did wrong.
 */
export async function attack(address: Address, seed: number, tally: Tally): Promise<string | undefined> {
  const random = seeded(seed);
  const wire = await Wire.dial(address);
  tally.connections++;
  wire.onReply = (reply) => {
    tally.replies++;
    if (reply.type === 'Rerror' || reply.type === 'Rlerror') tally.errors++;
  };
  try {
    return (await live(wire, random)) ?? wire.fault;
  } finally {
    tally.messages += wire.sent;
    await wire.drop(random() < 0.3);
  }
}

async function live(wire: Wire, random: Random): Promise<string | undefined> {
  if (random() < 0.05) {
    await push(wire, broken(random, '9P2000'));
    return undefined;
  }
  const dialect = DIALECTS[Math.floor(random() * DIALECTS.length)];
  await begin(wire, random, dialect);
  if (random() < 0.1) wire.deafen();
  const sound = await misbehave(wire, random, dialect);
  wire.listen();
  return random() < 0.5 && sound ? part(wire) : undefined;
}

/** Agrees on a dialect and attaches, as a decent client does, but does not wait for the answers. */
async function begin(wire: Wire, random: Random, dialect: Dialect): Promise<void> {
  const msize = [256, 4096, 8192, 65_536, 1 << 20][Math.floor(random() * 5)];
  const answered = new Promise<void>((resolve) => {
    const count = wire.onReply;
    wire.onReply = (reply) => {
      count(reply);
      resolve();
    };
  });
  await wire.sendMessage({ type: 'Tversion', tag: 0xffff, msize, version: dialect });
  await within(Promise.race([answered, wire.closed]), PATIENCE, undefined);
  for (let fid = 0; fid < FIRST_FIDS; fid++) {
    const attach: Message = { type: 'Tattach', tag: fid, fid, afid: NOFID, uname: 'fuzz', aname: '' };
    await push(wire, encodeMessage(attach, dialect));
  }
}

/** Sends until it has sent enough; false if the server may be waiting for the rest of a message. */
async function misbehave(wire: Wire, random: Random, dialect: Dialect): Promise<boolean> {
  const total = Math.floor(random() ** 2 * 400);
  const wrong = random() < 0.4 ? 0 : random() * 0.1;
  const favourite = random() < 0.2 ? anySillyMessage(random, dialect).type : undefined;
  for (let i = 0; i < total && wire.open; i++) {
    if (random() < wrong * 0.1) {
      await push(wire, broken(random, dialect));
      return false;
    }
    const message =
      favourite && random() < 0.7
        ? sillyMessage(favourite, random, dialect)
        : anySillyMessage(random, dialect);
    const bytes = encodeMessage({ ...message, tag: Math.floor(random() * 64) }, dialect);
    await push(wire, random() < wrong ? mutated(bytes, random) : bytes);
    if (random() < 0.05) await sleep(random() * 5);
  }
  return true;
}

/** Sends; a server that reads no more gets its answers read. */
async function push(wire: Wire, bytes: Uint8Array): Promise<void> {
  const room = wire.send(bytes)?.then(() => true);
  if (!room || (await within(room, DEAFNESS, false))) return;
  wire.listen();
  if (!(await within(room, PATIENCE, false))) throw new Error('the server reads no more');
}

/** Asks a last question, which has an answer whatever happened before; or the server has hung up. */
async function part(wire: Wire): Promise<string | undefined> {
  const answered = new Promise<boolean>((resolve) => {
    const count = wire.onReply;
    wire.onReply = (reply) => {
      count(reply);
      if (reply.tag === LAST_TAG) resolve(true);
    };
  });
  await wire.sendMessage({ type: 'Tflush', tag: LAST_TAG, oldtag: 1 });
  const outcome = await within(Promise.race([answered, wire.closed.then(() => true)]), PATIENCE, false);
  return outcome ? undefined : 'a Tflush was not answered, and the connection not closed';
}

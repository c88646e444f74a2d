/** One hostile connection: it negotiates, or not, sends what it should not, and leaves as it should not. */
import { setTimeout as sleep } from 'node:timers/promises';
import { NOFID, encodeMessage, type Dialect, type Message, type Random } from '../../src/protocol/index.ts';
import { DIALECTS, seeded } from '../protocol/seeded.ts';
import { within } from './patience.ts';
import { ROOTS, broken, errand, mutated } from './silly.ts';
import { Wire, type Address } from './wire.ts';

/** Milliseconds that a server may take to answer a polite question, and to go on reading. */
const PATIENCE = 15_000;
/** Milliseconds that an attacker who reads no answers is left to it, once the server reads no more questions. */
const DEAFNESS = 300;
const LAST_TAG = 0xfff0;
/** How often a tag is one that was used before, and may be in use. */
const TAG_CONFUSION = 0.005;

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
  for (let fid = 0; fid < ROOTS; fid++) {
    const attach: Message = { type: 'Tattach', tag: fid, fid, afid: NOFID, uname: 'fuzz', aname: '' };
    await push(wire, encodeMessage(attach, dialect));
  }
}

/** Sends until it has sent enough; false if the server may be waiting for the rest of a message. */
async function misbehave(wire: Wire, random: Random, dialect: Dialect): Promise<boolean> {
  const errands = Math.floor(random() ** 2 * 80);
  const wrong = random() < 0.4 ? 0 : random() * 0.1;
  let tag = ROOTS;
  for (let i = 0; i < errands && wire.open; i++) {
    if (random() < wrong * 0.3) {
      await push(wire, broken(random, dialect));
      return false;
    }
    for (const message of errand(random, dialect)) {
      tag = random() < TAG_CONFUSION ? Math.floor(random() * tag) : (tag + 1) % LAST_TAG;
      const bytes = encodeMessage(tagged(message, tag, random), dialect);
      await push(wire, random() < wrong ? mutated(bytes, random) : bytes);
    }
    if (random() < 0.3) await sleep(random() * 5);
  }
  return true;
}

/** The message under that tag; a flush means one of the requests just before it. */
function tagged(message: Message, tag: number, random: Random): Message {
  if (message.type !== 'Tflush') return { ...message, tag };
  return { ...message, tag, oldtag: Math.max(0, tag - Math.floor(random() * 4)) };
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

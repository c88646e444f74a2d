/**
 * Attacks a live server for a while:
 *
 *     node dist/test/fuzz/fuzz.js --seconds 60 [--seed N] [--address HOST:PORT [--aname NAME]]
 *
 * Without an address it starts `ns serve` itself, and also holds it to what it may hold on to. It ends with 0 if the
 * server has served a well-behaved client all the time, still serves at the end, and holds no more descriptors and not
 * much more memory than after the first moments; otherwise with 1. The last line says which, and why.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { seeded } from '../protocol/seeded.ts';
import { attack, type Tally } from './attacker.ts';
import { Citizen } from './citizen.ts';
import { Target, type Holdings } from './target.ts';

const ATTACKERS = 8;
/** The part of the time after which the server has reached its size. */
const WARM_UP = 0.25;
/** Milliseconds that the server has to let go of what it held for the attackers. */
const SETTLING = 10_000;
/** Megabytes that it may have grown: what the attackers left in the tree, and what the collector leaves for later. */
const GROWTH = 64;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    address: { type: 'string' },
    aname: { type: 'string', default: '' },
  },
});

const say = (line: string) => process.stdout.write(`${line}\n`);

const tally: Tally = { connections: 0, messages: 0, replies: 0, errors: 0 };
let connection = 0;

/** Attacks until the time is over; what went wrong. */
async function storm(
  target: Target,
  citizen: Citizen,
  seed: number,
  seconds: number,
): Promise<string | undefined> {
  const end = performance.now() + seconds * 1000;
  let fault: string | undefined;
  const one = async () => {
    while (!fault && performance.now() < end) {
      const number = connection++;
      const wrong = await attack(target.address, seed * 100_000 + number, tally).catch(String);
      fault ??= target.fault ?? citizen.fault ?? (wrong && `connection ${number}: ${wrong}`);
    }
  };
  await Promise.all(Array.from({ length: ATTACKERS }, one));
  return fault;
}

/** Waits until the server holds as many descriptors as `before`, for a while. */
async function settled(target: Target, before?: Holdings): Promise<Holdings | undefined> {
  for (const end = performance.now() + SETTLING; performance.now() < end; await sleep(100)) {
    const now = target.holdings;
    if (!before || !now || now.descriptors <= before.descriptors) break;
  }
  return target.holdings;
}

function compare(before: Holdings, after: Holdings): string | undefined {
  say(`descriptors ${before.descriptors} and ${after.descriptors} after it`);
  say(`memory ${before.megabytes} MiB and ${after.megabytes} MiB after it`);
  if (after.descriptors > before.descriptors) return 'the server holds descriptors that it should not';
  if (after.megabytes > before.megabytes + GROWTH) return 'the server holds memory that it should not';
  return undefined;
}

/** The whole run; what went wrong. */
async function run(target: Target, seed: number, seconds: number): Promise<string | undefined> {
  const citizen = await Citizen.settle(target.address, values.aname, seeded(seed));
  const living = citizen.live();
  const empty = target.holdings;
  let fault = await storm(target, citizen, seed, seconds * WARM_UP);
  const before = await settled(target, empty);
  fault ??= await storm(target, citizen, seed, seconds * (1 - WARM_UP));
  const after = await settled(target, before);
  citizen.leave();
  await living;
  say(
    `${tally.connections} connections, ${tally.messages} messages, ${tally.replies} replies, ${tally.errors} errors`,
  );
  say(`${citizen.requests} requests of a well-behaved client`);
  await citizen.close();
  fault ??= target.fault ?? citizen.fault;
  if (fault) return fault;
  if (!before || !after) say('the process was not looked at: it is not ours, or this is not Linux');
  else fault = compare({ ...before, descriptors: empty?.descriptors ?? before.descriptors }, after);
  await (await Citizen.settle(target.address, values.aname, seeded(seed + 1))).close();
  return fault;
}

const seed = Number(values.seed);
say(`seed ${seed}`);
const target = values.address ? Target.at(values.address) : await Target.start();
let fault = await run(target, seed, Number(values.seconds)).catch(String);
if (!(await target.stop())) fault ??= 'the server did not end when it was asked to';
say(fault ? `failed: ${fault}` : 'passed: the server serves as before');
process.exitCode = fault ? 1 : 0;

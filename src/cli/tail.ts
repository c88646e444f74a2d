/** ns tail: the end of a file, and what is added to it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Fid } from '../client/index.ts';
import { placesHelp } from './help.ts';
import { wholeNumber } from './numbers.ts';
import { put, tell } from './output.ts';
import { Places, type Place } from './place.ts';

/** How often a file is looked at whose reads do not wait, in milliseconds. */
const POLL = 500;
/** Steps in which the start of the last lines is looked for, in bytes. */
const STEP = 1 << 16;
const NEWLINE = 0x0a;

interface Options {
  readonly lines: number;
  readonly follow?: boolean;
}

export function define(command: Command): void {
  command
    .argument('<PLACE>', 'a file')
    .option('-n, --lines <N>', 'how many lines', (text: string) => wholeNumber('--lines', text, 0, 1e9), 10)
    .option('-f, --follow', 'go on, and print what comes')
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = `
With -f, a file is looked at twice a second; one whose reads wait is simply read on. When a file has become shorter, that is
said on standard error, and it is read again from its start. A file that does not know its size is read from its start.
${placesHelp(`  ns tail -n 3 'tcp://127.0.0.1:5640/log'
  ns tail -f 'unix:///run/user/1000/ns.sock#/log'`)}`;

async function run(text: string, { lines, follow = false }: Options): Promise<void> {
  await using places = new Places();
  const place = places.at(text);
  await place.attempt('read', async () => {
    await using fid = await place.find();
    await fid.open('r');
    const { size } = await fid.stat();
    const start = size > 0 ? await startOfLast(lines, fid, size) : 0;
    if (follow) await printAndFollow(place, fid, start, places.signal);
    else if (size > 0) await printFrom(fid, start);
    else await printLast(lines, fid);
  });
}

/** Where the last lines begin. A newline at the very end ends the last one. */
async function startOfLast(lines: number, fid: Fid, size: number): Promise<number> {
  if (lines === 0) return size;
  let missing = lines;
  for (let end = size; end > 0;) {
    const from = Math.max(0, end - STEP);
    const bytes = await readRange(fid, from, end);
    for (let i = bytes.length - 1; i >= 0; i--) {
      if (bytes[i] === NEWLINE && from + i < size - 1 && --missing === 0) return from + i + 1;
    }
    end = from;
  }
  return 0;
}

async function readRange(fid: Fid, from: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - from);
  for (let done = 0; done < bytes.length;) {
    const piece = await fid.read({ offset: from + done, length: bytes.length - done });
    if (piece.length === 0) return bytes.subarray(0, done);
    bytes.set(piece, done);
    done += piece.length;
  }
  return bytes;
}

/** Prints what there is, and returns where that ended. */
async function printFrom(fid: Fid, from: number): Promise<number> {
  for (let at = from; ;) {
    const bytes = await fid.read({ offset: at });
    if (bytes.length === 0) return at;
    await put(bytes);
    at += bytes.length;
  }
}

/** The last lines of what has no size: all of it is read, and no more than they take up is kept. */
async function printLast(lines: number, fid: Fid): Promise<void> {
  let kept: Uint8Array = new Uint8Array(0);
  for await (const piece of fid.stream()) {
    const all = Buffer.concat([kept, piece]);
    kept = all.subarray(startIn(all, lines));
  }
  await put(kept);
}

function startIn(bytes: Uint8Array, lines: number): number {
  let at = bytes.at(-1) === NEWLINE ? bytes.length - 1 : bytes.length;
  for (let missing = lines; missing > 0; missing--) {
    at = at > 0 ? bytes.lastIndexOf(NEWLINE, at - 1) : -1;
    if (at < 0) return 0;
  }
  return lines === 0 ? bytes.length : at + 1;
}

async function printAndFollow(place: Place, fid: Fid, from: number, signal: AbortSignal): Promise<never> {
  // Of a stream the size is always 0: it says something only where it was seen to be true.
  let sized = false;
  for (let at = from; ;) {
    at = await printFrom(fid, at);
    const { size } = await fid.stat();
    sized ||= size >= at && size > 0;
    if (sized && size < at) {
      tell(`ns: ${place.text} has become shorter: it is read again from its start`);
      at = 0;
      continue;
    }
    await delay(POLL, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/**
 * A stream: each reader has its own, and reads wait for the next tick.
 *
 *     ns tail -f 'tcp://127.0.0.1:5640/clock'
 */
import { setInterval } from 'node:timers/promises';
// Outside this checkout: from 'nines'.
import { dir, serve, stream, text } from '../src/index.ts';

const PERIOD = 100;

async function* ticks(signal: AbortSignal): AsyncGenerator<string> {
  for await (const _ of setInterval(PERIOD, undefined, { signal })) yield `${new Date().toISOString()}\n`;
}

const root = dir({
  time: text(() => `${new Date().toISOString()}\n`),
  clock: stream(ticks),
});

const { address } = await serve(process.argv[2] ?? 'tcp://127.0.0.1:5640', root);
process.stdout.write(`serving ${address}\n`);

/**
 * A tree as programs make them, served on a free port: text of unknown length, a ctl file, streams. Run as a program;
 * prints `serving URL`.
 */
import { ctl, dir, stream, text } from '../../../src/file/index.ts';
import { serve } from '../../../src/serve.ts';

/** Longer than any message. */
const LONG = Array.from({ length: 400_000 }, (_, line) => `line ${line}\n`).join('');

let level = 1;

/** What is written to `echo` comes out of it, for whoever has it open. */
const listeners = new Set<(data: Uint8Array) => void>();

async function* heard(signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const queue: Uint8Array[] = [];
  let wake = (): void => {};
  const listener = (data: Uint8Array): void => {
    queue.push(data.slice());
    wake();
  };
  listeners.add(listener);
  signal.addEventListener('abort', () => wake());
  try {
    while (!signal.aborted) {
      const next = queue.shift();
      if (next) yield next;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    listeners.delete(listener);
  }
}

async function* ticks(signal: AbortSignal): AsyncGenerator<string> {
  for (let n = 0; !signal.aborted; n++) {
    yield `tick ${n}\n`;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function* silence(signal: AbortSignal): AsyncGenerator<string> {
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  yield* [];
}

const tree = dir({
  hello: text('hello, world\n'),
  long: text(LONG),
  count: text(() => `${level}\n`),
  ctl: ctl({ level: ([value]) => void (level = Number(value)) }, () => `level ${level}\n`),
  ticks: stream(ticks),
  silence: stream(silence),
  few: stream(async function* () {
    yield 'one\n';
    yield 'two\n';
  }),
  echo: stream(heard, { write: (data) => listeners.forEach((listener) => listener(data)) }),
});

await using serving = await serve('tcp://127.0.0.1:0', tree);
process.stdout.write(`serving ${serving.address}\n`);
await new Promise<void>((resolve) => process.once('SIGTERM', resolve));

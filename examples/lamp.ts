/**
 * A device as three files: `ctl` takes commands, `status` says how things are, `events` tells when they change.
 *
 *     echo 'dim 40' | ns write 'tcp://127.0.0.1:5640/ctl'
 */
import { EventEmitter, on } from 'node:events';
// Outside this checkout: from 'nines'.
import { FileError, ctl, dir, serve, stream, text } from '../src/index.ts';

let level = 100;
const changes = new EventEmitter();

function dim(to: number): void {
  if (!Number.isInteger(to) || to < 0 || to > 100) throw new FileError('EINVAL', 'usage: dim 0-100');
  level = to;
  changes.emit('level', `level ${level}\n`);
}

/** Told through the signal when its reader has gone. */
async function* events(signal: AbortSignal): AsyncGenerator<string> {
  for await (const [line] of on(changes, 'level', { signal })) yield String(line);
}

const root = dir({
  ctl: ctl(
    {
      on: { usage: '', run: () => dim(100) },
      off: { usage: '', run: () => dim(0) },
      dim: { usage: 'LEVEL', run: ([to]) => dim(Number(to)) },
    },
    () => `dim ${level}\n`,
  ),
  status: text(() => `kind lamp\nlevel ${level}\n`),
  events: stream(events),
});

const { address } = await serve(process.argv[2] ?? 'tcp://127.0.0.1:5640', root);
process.stdout.write(`serving ${address}\n`);

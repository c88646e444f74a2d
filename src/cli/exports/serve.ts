/** An export, from its beginning to its end. */
import type { Awaitable } from '../../file/index.ts';
import { FileError } from '../../file/errors.ts';
import type { Gateway, Running } from '../gateways.ts';
import { CommandError, Interrupted, isSystemError } from '../failure.ts';
import { stopSignal } from '../signals.ts';
import type { Options } from './options.ts';
import type { Source } from './source.ts';

/** What a shell says of a program that Control-C has ended: 128 and the number of the signal. */
const INTERRUPTED = 130;

/** Milliseconds: longer than anybody waits, and no longer than a timer can. */
const FOR_EVER = 2 ** 31 - 1;

export interface Export {
  readonly gateway: Gateway;
  readonly source: Source;
  readonly at: string;
  readonly options: Options;
  readonly log: (line: string) => void;
}

/**
 * Exports until this process is asked to end, or somebody else has ended the export: then resolves with what is to be
 * said of that.
 *
 * @param ready Is given the line to say so.
 */
export async function serveExport(
  { gateway, source, at, options, log }: Export,
  ready: (line: string) => Awaitable<void>,
): Promise<string | undefined> {
  const begin = gateway.prepare(options);
  const control = new AbortController();
  const { signal } = control;
  const stopped = stopSignal().then(() => control.abort(new Interrupted(INTERRUPTED)));
  const hostDirectories = await source.hostDirectories(signal);
  const root = await dialSource(source, options, signal);
  try {
    // The directory where this process was started may be the very one that is mounted on.
    const running = await fromHere(() => begin({ root, source: source.name, at, hostDirectories, log }));
    return await untilEnd(running, ready, stopped, signal);
  } finally {
    root.release?.();
  }
}

/** Begins with a relative path as it was meant; and from then on this process is nowhere in particular. */
async function fromHere(begin: () => Promise<Running>): Promise<Running> {
  const running = await begin();
  process.chdir('/');
  return running;
}

async function untilEnd(
  running: Running,
  ready: (line: string) => Awaitable<void>,
  stopped: Promise<void>,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    signal.throwIfAborted();
    await ready(running.line);
    return await Promise.race([stopped.then(() => undefined), running.ended]);
  } finally {
    await running.end();
  }
}

async function dialSource(source: Source, options: Options, signal: AbortSignal) {
  const timeout = options.milliseconds('timeout');
  const deadline = options.has('hard') ? FOR_EVER : timeout;
  try {
    return await source.dial({ signal, ...(deadline !== undefined && { deadline }) });
  } catch (error) {
    signal.throwIfAborted();
    if (isSystemError(error)) throw new CommandError('export', source.name, hinted(error));
    throw saysWhere(error) ? error : new CommandError('export', source.name, error);
  }
}

/** An answer of a server says what is wrong and not with what; whoever could not reach one says where. */
const saysWhere = (error: unknown): boolean =>
  !(error instanceof Error && ['FileError', 'RemoteError', 'FidError'].includes(error.name));

function hinted(error: Error & { readonly code: string }): Error {
  const hint = HINTS[error.code];
  return hint === undefined ? error : new FileError('EIO', hint, { cause: error });
}

const HINTS: Readonly<Record<string, string>> = {
  ENOENT: 'no such directory; make it first, or name another one',
  ENOTDIR: 'it is a file, and a directory can be exported; name the one that it is in',
};

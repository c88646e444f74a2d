/** A command's standard input and output as a stream. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { formatAddress, type Address } from './address.ts';
import { attempt } from './attempt.ts';
import { DuplexStream } from './duplex.ts';
import { cannotConnect, connectionLost, TransportError, type Hints } from './errors.ts';
import type { ConnectOptions } from './options.ts';
import type { Stream } from './stream.ts';

type Child = ChildProcessByStdio<Writable, Readable, Readable | null>;

/** Milliseconds that a command has to end by itself, first after the end of its input, then after SIGTERM. */
const GRACE = 1000;
/** Bytes of a command's last line on standard error that are kept for the message. */
const LAST_LINE = 1024;

/** `exec:command` is given to `sh -c`; it, and what it starts, is a process group of its own. */
export function connectExec({ path }: Address, options: ConnectOptions): Promise<Stream> {
  const address = formatAddress({ scheme: 'exec', path, options: new Map() });
  return run({ program: 'sh', args: ['-c', path], address, group: true }, options);
}

export interface Program {
  readonly program: string;
  readonly args: readonly string[];
  /** For messages. */
  readonly address: string;
  /** A group of its own, without our terminal; all of the group ends with the stream. */
  readonly group: boolean;
  readonly hints?: Hints;
}

/** Starts a program; resolves when it runs. What becomes of it then is told by the end of the stream. */
export function run(
  { program, args, address, group, hints }: Program,
  options: ConnectOptions,
): Promise<Stream> {
  return attempt(address, options, (succeed, fail) => {
    const child: Child = options.stderr
      ? spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: group })
      : spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: group });
    child.once('error', (error) => fail(cannotConnect(address, error, hints)));
    child.once('spawn', () => succeed(new ProcessStream(address, child, group, options.stderr)));
    return () => child.kill('SIGKILL');
  });
}

class ProcessStream extends DuplexStream {
  readonly #child: Child;
  readonly #group: boolean;
  readonly #exited: Promise<unknown>;
  /** It has exited, and all that it printed has arrived. */
  readonly #told: Promise<unknown>;
  #lastWords = '';

  constructor(address: string, child: Child, group: boolean, stderr: ConnectOptions['stderr']) {
    super({ address, identity: 'stdio' }, child.stdout, child.stdin);
    this.#child = child;
    this.#group = group;
    this.#exited = new Promise((resolve) => child.once('exit', resolve));
    this.#told = new Promise((resolve) => child.once('close', resolve));
    child.on('error', () => {}); // A signal that could not be sent: it has ended by itself.
    child.stderr?.on('data', (bytes: Buffer) => {
      this.#lastWords = (this.#lastWords + bytes.toString()).slice(-LAST_LINE);
      stderr?.(bytes);
    });
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#exited;
  }

  override abort(reason: Error): void {
    super.abort(reason);
    void this.#end();
  }

  /** Its input has ended: a command that is a server ends by itself. */
  protected override flushed(): void {
    super.flushed();
    void inTime(this.#exited).then(() => this.#end());
  }

  protected override async verdict(failure: Error | undefined): Promise<Error | undefined> {
    const { address } = this.peer;
    await inTime(this.#told);
    const { exitCode, signalCode } = this.#child;
    if (!this.#isOver) return failure && connectionLost(address, failure);
    if (exitCode === 0) return undefined;
    const how = exitCode === null ? `was ended by ${signalCode}` : `exited with status ${exitCode}`;
    const words = this.#lastWords.trimEnd().split('\n').at(-1);
    return new TransportError(
      exitSymbol(exitCode),
      `${address}: the command ${how}${words ? `: ${words}` : ''}`,
      address,
      failure,
    );
  }

  async #end(): Promise<void> {
    this.#kill('SIGTERM');
    await inTime(this.#exited);
    this.#kill('SIGKILL');
  }

  get #isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Only while it runs: afterwards its number may belong to another process. */
  #kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#isOver) return;
    if (!this.#group) return void this.#child.kill(signal);
    try {
      process.kill(-pid, signal);
    } catch {
      // The group has gone between the look and the signal.
    }
  }
}

/** Waits until it has happened, and at most as long as the grace. */
async function inTime(event: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  const grace = delay(GRACE, undefined, { signal: timer.signal }).catch(() => {});
  await Promise.race([event, grace]);
  timer.abort();
}

/** The shell's words for its own failures (sh(1)); the rest is the command's own affair. */
function exitSymbol(status: number | null): string {
  return status === 127 ? 'ENOENT' : status === 126 ? 'EACCES' : 'EIO';
}

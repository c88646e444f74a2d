/** The server under attack: one that is started here, or one that runs elsewhere and can only be talked to. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { within } from './patience.ts';
import type { Address } from './wire.ts';

/** Milliseconds to start, and to end. */
const PATIENCE = 20_000;
/** A small tree: what the attackers leave in it is no leak, but would look like one. */
const COMMAND = ['serve', '-l', 'tcp://127.0.0.1:0', '-m', 'ram:16MiB /'];

/** What a process holds. */
export interface Holdings {
  readonly descriptors: number;
  readonly megabytes: number;
}

export class Target {
  readonly address: Address;
  readonly #process: ChildProcess | undefined;
  readonly #said: () => string;

  private constructor(address: Address, child?: ChildProcess, said: () => string = () => '') {
    this.address = address;
    this.#process = child;
    this.#said = said;
  }

  /** A server that somebody else started. */
  static at(address: string): Target {
    const colon = address.lastIndexOf(':');
    return new Target({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)) });
  }

  /** Starts `ns serve` as it was compiled with this program, and waits until it says where it serves. */
  static async start(): Promise<Target> {
    const program = fileURLToPath(new URL('../../bin/ns.js', import.meta.url));
    const child = spawn(process.execPath, [program, ...COMMAND], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-20_000)));
    const url = await within(served(child), PATIENCE, undefined);
    const port = /^tcp:\/\/127\.0\.0\.1:(\d+)/.exec(url ?? '')?.[1];
    if (port) return new Target({ host: '127.0.0.1', port: Number(port) }, child, () => said);
    child.kill('SIGKILL');
    throw new Error(`the server did not start: ${said.trim() || 'it said nothing'}`);
  }

  /** Undefined where the process cannot be looked at. */
  get holdings(): Holdings | undefined {
    const pid = this.#process?.pid;
    if (!pid || process.platform !== 'linux' || this.#ended) return undefined;
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return {
      descriptors: readdirSync(`/proc/${pid}/fd`).length,
      megabytes: Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024),
    };
  }

  /** What is wrong with the process: it has ended, or it has told of an exception. */
  get fault(): string | undefined {
    const said = this.#said();
    if (this.#ended) {
      return `the server ended (${this.#process?.exitCode ?? this.#process?.signalCode}): ${said.trim()}`;
    }
    return /\n\s+at .*:\d+/.test(said) ? `the server said: ${said.trim()}` : undefined;
  }

  /** Ends the server that was started here; true if it ended by itself when it was asked to. */
  async stop(): Promise<boolean> {
    const child = this.#process;
    if (!child || this.#ended) return true;
    const ended = new Promise<boolean>((resolve) => child.once('exit', () => resolve(true)));
    child.kill('SIGTERM');
    if (await within(ended, PATIENCE, false)) return true;
    child.kill('SIGKILL');
    await ended;
    return false;
  }

  get #ended(): boolean {
    return this.#process !== undefined && (this.#process.exitCode ?? this.#process.signalCode) !== null;
  }
}

/** The URL that the server says it serves, or nothing if it ends before. */
function served(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve(undefined));
    createInterface({ input: child.stdout! }).on('line', (line) => resolve(/^serving (\S+)/.exec(line)?.[1]));
  });
}

/** Runs a program in a world of its own: the command's side. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, readFileSync, readdirSync, writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { FileError } from '../../file/errors.ts';
// Alone: the rest of that folder would be loaded for nothing.
import { findProgram } from '../../gateways/mounting/programs.ts';
import { Line } from './line.ts';
import { refusal } from './refusal.ts';
import { passed, statusOf } from './signals.ts';
import { LINE, type FromSupervisor, type ToSupervisor, type Wish } from './wish.ts';

const SUPERVISOR = fileURLToPath(new URL('./supervisor.js', import.meta.url));

/**
 * Runs it to its end.
 *
 * @param wish - what is wanted, which may take its time while the process that makes it starts
 * @throws FileError if it cannot be run
 */
export async function runInWorld(wish: Promise<Wish>, env: NodeJS.ProcessEnv): Promise<number> {
  closeStrayDescriptors();
  const supervisor = new Supervisor(env);
  try {
    supervisor.ask(await wish);
    return await supervisor.ended;
  } finally {
    supervisor.leave();
  }
}

class Supervisor {
  readonly ended: Promise<number>;
  readonly #child: ChildProcess;
  readonly #line: Line<ToSupervisor, FromSupervisor>;
  #isUp = false;
  #failed: string | undefined;
  /** What was said before it was up: why it could not be started. */
  #said = '';

  constructor(env: NodeJS.ProcessEnv) {
    const [command, ...args] = supervisorCommand();
    this.#child = spawn(command, args, { env, stdio: [0, 1, 'pipe', 'pipe', 2] });
    this.#line = new Line(this.#child.stdio[LINE] as Socket, (message) => this.#hear(message));
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      if (this.#isUp) tell(text);
      else this.#said += text;
    });
    for (const signal of passed) process.on(signal, () => void this.#line.say({ kind: 'signal', signal }));
    const ended = new Promise<readonly [number | null, NodeJS.Signals | null]>((resolve, reject) => {
      this.#child.once('error', reject).once('exit', (code, signal) => resolve([code, signal]));
    });
    this.ended = this.#outcome(ended);
    // It is asked about when the wish is there.
    this.ended.catch(() => undefined);
  }

  ask(wish: Wish): void {
    void this.#line.say({ kind: 'wish', wish });
  }

  /** Ends it, if it has not ended. */
  leave(): void {
    this.#line.close();
    // What it has started may still have it, as a server behind exec: that takes its time.
    this.#child.stderr?.destroy();
  }

  #hear(message: FromSupervisor): void {
    switch (message.kind) {
      case 'up':
        this.#isUp = true;
        break;
      case 'failed':
        this.#failed = message.why;
        break;
      case 'note':
        tell(`ns: ${message.text}\n`);
    }
  }

  async #outcome(ended: Promise<readonly [number | null, NodeJS.Signals | null]>): Promise<number> {
    const [code, signal] = await ended;
    await this.#line.closed;
    if (!this.#isUp) await finished(this.#child.stderr!);
    return this.#statusOf(code, signal);
  }

  #statusOf(code: number | null, signal: NodeJS.Signals | null): number {
    if (this.#failed !== undefined) throw new FileError('EIO', this.#failed);
    if (signal !== null && this.#isUp) {
      tell(`ns: the gateway of the program was ended by ${signal}, and the program with it\n`);
      return statusOf(signal);
    }
    if (this.#isUp || code === null || code > 128) return code ?? statusOf(signal!);
    const why = this.#said.trim().split('\n')[0] || `exit code ${code}`;
    throw new FileError('EPERM', `cannot make a world of its own: ${why}; ${refusal()}`);
  }
}

/** Says something on standard error, which is the program's too: Node's own stream would make it non-blocking for both. */
function tell(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // Nobody reads it.
  }
}

/** Root needs no user namespace, and keeps all that it may do. */
function supervisorCommand(): readonly string[] {
  const unshare = findProgram('unshare');
  if (unshare === undefined) {
    throw new FileError('ENOENT', 'the program unshare is not installed; it is in the package util-linux');
  }
  const user = process.geteuid?.() === 0 ? [] : ['--user', '--map-current-user', '--keep-caps'];
  return [unshare, ...user, '--mount', '--propagation', 'slave', process.execPath, SUPERVISOR];
}

/** O_CLOEXEC, as in /proc/self/fdinfo. */
const CLOSES = 0o2000000;

/**
 * Closes descriptors that this process was started with, besides standard input and output, and that Node would leave to
 * the program: one of a directory would lead out of a world.
 */
function closeStrayDescriptors(): void {
  for (const fd of readdirSync('/proc/self/fd').map(Number)) {
    if (fd > 2 && isLeftToChildren(fd)) closeSync(fd);
  }
}

function isLeftToChildren(fd: number): boolean {
  try {
    const [, flags] = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1')) ?? [];
    return flags !== undefined && (parseInt(flags, 8) & CLOSES) === 0;
  } catch {
    return false;
  }
}

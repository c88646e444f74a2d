/** The programs that a benchmark starts: each is ended by its own process id, whatever happens to the benchmark. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const KEPT_OUTPUT = 64 << 10; // characters of each stream, the last ones
const GRACE_MS = 2000; // between SIGTERM and SIGKILL

/** A program that runs, or has run. */
export interface Program {
  readonly pid: number;
  /** The last of what it wrote. */
  output(): string;
  complaints(): string;
  /** The exit status, or the signal's name, once it has ended. */
  readonly ended: Promise<number | string>;
  running(): boolean;
  stop(): Promise<void>;
}

const living = new Set<number>();

process.on('exit', () => {
  for (const pid of living) kill(pid, 'SIGKILL');
});

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself, just now.
  }
}

/** Turns the signals that end a program into an exit, so that what was started is ended too. */
export function exitOnSignals(): void {
  process.on('SIGINT', () => process.exit(130));
  process.on('SIGTERM', () => process.exit(143));
  process.on('SIGHUP', () => process.exit(129));
}

/** The administrator's programs are not on every user's PATH. */
const environment = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };

/** Starts a program; rejects with the system's error (ENOENT) if it cannot be. */
export async function launch(command: string, args: readonly string[]): Promise<Program> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
  const ended = new Promise<number | string>((resolve) => {
    child.on('close', (status, signal) => resolve(status ?? signal ?? 'unknown'));
  });
  let output = '';
  let complaints = '';
  child.stdout
    .setEncoding('utf8')
    .on('data', (text: string) => (output = (output + text).slice(-KEPT_OUTPUT)));
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (complaints = (complaints + text).slice(-KEPT_OUTPUT)));
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  living.add(pid);
  child.on('exit', () => living.delete(pid));
  const stop = async (): Promise<void> => {
    if (!living.has(pid)) return;
    kill(pid, 'SIGTERM');
    await Promise.race([ended, sleep(GRACE_MS, undefined, { ref: false })]);
    if (living.has(pid)) kill(pid, 'SIGKILL');
    await ended;
  };
  return {
    pid,
    output: () => output,
    complaints: () => complaints,
    ended,
    running: () => living.has(pid),
    stop,
  };
}

/** Runs a program to its end and gives what it wrote on stdout; rejects with what it wrote on stderr if it failed. */
export async function run(command: string, args: readonly string[], timeoutMs: number): Promise<string> {
  const program = await launch(command, args);
  const timer = setTimeout(() => void program.stop(), timeoutMs);
  const status = await program.ended;
  clearTimeout(timer);
  if (status === 0) return program.output();
  throw new Error(lastLine(program.complaints()) || `${command} ended with ${status}`);
}

export function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}

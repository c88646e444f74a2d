/** The command as a user runs it: child processes in a directory of their own, bounded in time. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endDaemons } from './daemons.ts';
import { endExports } from './mounts.ts';

/** The command, compiled. */
export const program = fileURLToPath(new URL('../../bin/ns.js', import.meta.url));

/** Milliseconds that a command may take; a server, and what else ends when it is told to, may run as long as its tests. */
const TIMEOUT = 20_000;
const TIMEOUT_SERVER = 120_000;

export interface Result {
  /** The exit code; a signal's name if that has ended it. */
  readonly status: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Buffer;
}

export interface RunOptions {
  /** For standard input, which is empty otherwise. */
  readonly input?: string | Buffer;
  readonly env?: NodeJS.ProcessEnv;
  /** Where it runs; in the world's directory otherwise. */
  readonly cwd?: string;
}

/** A process that was started, and what it has printed so far. */
export class Running {
  readonly child: ChildProcess;
  /** When it has ended, and all that it printed is here. */
  readonly ended: Promise<Result>;
  readonly #out: Buffer[] = [];
  #err = '';

  constructor(child: ChildProcess, limit: number) {
    this.child = child;
    const timer = setTimeout(() => child.kill('SIGKILL'), limit);
    child.stdout?.on('data', (bytes: Buffer) => this.#out.push(bytes));
    child.stderr?.on('data', (bytes: Buffer) => (this.#err += bytes.toString()));
    // A command that ends early leaves its input unread.
    child.stdin?.on('error', () => undefined);
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        clearTimeout(timer);
        const bytes = Buffer.concat(this.#out);
        resolve({ status: code ?? signal, stdout: bytes.toString(), stderr: this.#err, bytes });
      });
    });
  }

  get stdout(): string {
    return Buffer.concat(this.#out).toString();
  }

  get stderr(): string {
    return this.#err;
  }

  /** Resolves when something holds; fails when the process has ended without it. */
  async until(holds: (running: this) => boolean): Promise<void> {
    while (!holds(this)) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        const { status } = await this.ended;
        if (holds(this)) return;
        throw new Error(`it ended early (${status}): ${this.stderr}`);
      }
      await delay(5);
    }
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Result> {
    this.child.kill(signal);
    return this.ended;
  }
}

/** `ns serve`, ready. */
export interface Serving extends Running {
  readonly addresses: readonly string[];
}

/** A directory, with a configuration, where commands run; what was started in it ends with it. */
export class World implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'nines-e2e-'));
  /** What lives no longer than a login. */
  readonly runtime = this.path('runtime');
  readonly env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    XDG_CONFIG_HOME: this.path('config'),
    XDG_RUNTIME_DIR: this.runtime,
  };
  readonly #started: Running[] = [];

  constructor() {
    mkdirSync(this.runtime, { mode: 0o700 });
  }

  /** A path in it. */
  path(name: string): string {
    return join(this.directory, name);
  }

  /** Makes a file in it, and the directories above. */
  file(name: string, content: string | Buffer = '', mode?: number): string {
    const path = this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    if (mode !== undefined) chmodSync(path, mode);
    return path;
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** Starts `ns`. */
  start(args: readonly string[], options: RunOptions = {}): Running {
    return this.run(process.execPath, [program, ...args], options);
  }

  /** Starts any program. */
  run(
    command: string,
    args: readonly string[],
    { input, env, cwd = this.directory }: RunOptions = {},
  ): Running {
    const child = spawn(command, args, {
      cwd,
      env: { ...this.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const running = new Running(child, args.includes('serve') ? TIMEOUT_SERVER : TIMEOUT);
    this.#started.push(running);
    child.stdin.end(input);
    return running;
  }

  /** Runs `ns` to its end. */
  ns(...args: readonly string[]): Promise<Result> {
    return this.start(args).ended;
  }

  /** Runs `ns`, which succeeds and has nothing else to say, and gives what it prints. */
  async out(...args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.ns(...args);
    if (status !== 0 || stderr !== '') throw new Error(`ns ${args.join(' ')}: ${status}: ${stderr}`);
    return stdout;
  }

  /** Runs `ns`, which fails. */
  async fail(...args: readonly string[]): Promise<Failure> {
    return failure(await this.ns(...args));
  }

  /** Runs a shell command, in which `ns` is a function; with bash, whose `PIPESTATUS` tells of each program. */
  shell(script: string, options: RunOptions = {}): Promise<Result> {
    const prelude = `ns() { '${process.execPath}' '${program}' "$@"; }\n`;
    return this.run('bash', ['--norc', '-c', prelude + script], options).ended;
  }

  /** Starts a server; resolves when it says that it serves, at as many addresses as it was given. */
  async serve(...args: readonly string[]): Promise<Serving> {
    const listens = args.some((arg) => arg === '-l' || arg === '--listen');
    const all = listens ? args : ['-l', 'tcp://127.0.0.1:0', ...args];
    const expected = all.filter((arg) => arg === '-l' || arg === '--listen').length;
    const running = this.start(['serve', ...all]);
    const addresses = (): string[] => [...running.stdout.matchAll(/^serving (.+)$/gm)].map((line) => line[1]);
    await running.until(() => addresses().length === expected);
    return Object.assign(running, { addresses: addresses() });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child } of this.#started) if (child.exitCode === null) child.kill('SIGKILL');
    await Promise.all(this.#started.map(({ ended }) => ended.catch(() => undefined)));
    await endExports(String(this.env['XDG_RUNTIME_DIR']), this.directory);
    await endDaemons(String(this.env['XDG_RUNTIME_DIR']));
    // Some of it may have been made unwritable.
    execFileSync('chmod', ['-R', 'u+rwX', this.directory]);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** The exit code and the one line of a command that failed. */
export interface Failure {
  readonly status: Result['status'];
  readonly line: string;
}

export function failure({ status, stdout, stderr }: Result): Failure {
  if (stdout !== '') throw new Error(`it printed ${JSON.stringify(stdout)}`);
  const line = stderr.replace(/\n$/, '');
  if (line.includes('\n') || !line.startsWith('ns: ')) throw new Error(`not one line: ${stderr}`);
  return { status, line };
}

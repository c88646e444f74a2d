/** A file system that a {@link file://./responder.ts} serves, in a process of its own, and programs that use it. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./responder.js', import.meta.url));

/** Milliseconds: whatever takes longer hangs. */
export const PATIENCE = 8000;

/** Why a file system cannot be mounted here; undefined if it can. */
export function lack(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.geteuid?.() !== 0) return 'needs root';
  if (!existsSync('/dev/fuse')) return 'needs /dev/fuse';
  const own = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt'], {
    timeout: PATIENCE,
  });
  return own.status === 0 ? undefined : 'needs the right to mount';
}

export interface Ran {
  /** null: a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Mounted implements AsyncDisposable {
  readonly path: string;
  /** The one that reads. */
  reader = '';
  readonly #process: ChildProcess;
  readonly #said: string[] = [];
  readonly #ended: Promise<Ran>;
  #news: () => void = () => {};

  private constructor(reader: string) {
    this.path = mkdtempSync(join(tmpdir(), 'nines-fuse-'));
    const args = [PROGRAM, this.path, reader];
    this.#process = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.#process.stdout! }).on('line', (line) => {
      this.#said.push(line);
      this.#news();
    });
    this.#ended = endOf(this.#process);
  }

  /** @param reader - empty: the one that the device chooses */
  static async start(reader: '' | 'poll' | 'thread'): Promise<Mounted> {
    const mounted = new Mounted(reader);
    mounted.reader = (await mounted.says(/^reader /)).slice('reader '.length);
    await mounted.says(/^init /);
    return mounted;
  }

  /** The next line that it says, of those that match; what it said before is passed over. */
  async says(pattern: RegExp): Promise<string> {
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      for (let line = this.#said.shift(); line !== undefined; line = this.#said.shift()) {
        if (pattern.test(line)) return line;
      }
      if (Date.now() > deadline) throw new Error(`nothing like ${pattern} was said`);
      await new Promise<void>((resolve) => {
        this.#news = resolve;
        setTimeout(resolve, 100).unref();
      });
    }
  }

  tell(line: string): void {
    this.#process.stdin!.write(`${line}\n`);
  }

  /** What was asked since this was asked last. */
  async counts(): Promise<Readonly<Record<string, number>>> {
    this.tell('counts');
    return JSON.parse(await this.says(/^\{/)) as Record<string, number>;
  }

  /** Runs a command of the shell in the mount. */
  sh(command: string): Promise<Ran> {
    return run('sh', '-c', `cd '${this.path}' && ${command}`);
  }

  /** What stat(1) says of a mount that nobody serves. */
  async lament(): Promise<string> {
    return (await run('stat', this.path)).stderr;
  }

  /** What a command prints that ends well. */
  async print(command: string): Promise<string> {
    const { code, stdout, stderr } = await this.sh(command);
    if (code !== 0) throw new Error(`${command}: ${code}, ${stderr}`);
    return stdout;
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  /** How the process that serves came to its end, if it does. */
  ended(): Promise<Ran> {
    return inTime('the responder', this.#process, this.#ended);
  }

  get isMounted(): boolean {
    return readFileSync('/proc/self/mounts', 'utf8').includes(` ${this.path} `);
  }

  async unmount(...options: readonly string[]): Promise<void> {
    const { code, stderr } = await run('umount', ...options, this.path);
    if (code !== 0) throw new Error(`umount: ${stderr}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Forced: what may still wait in the kernel comes back.
    if (this.isMounted) await this.unmount('-f', '-l');
    this.kill();
    await this.ended();
    rmdirSync(this.path);
  }
}

function run(command: string, ...args: readonly string[]): Promise<Ran> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  return inTime([command, ...args].join(' '), child, endOf(child));
}

/** How a process has ended. */
function endOf(child: ChildProcess): Promise<Ran> {
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, ...output })));
}

/** Of one that waits for the kernel even SIGKILL does not make an end: it is not waited for. */
async function inTime(what: string, child: ChildProcess, end: Promise<Ran>): Promise<Ran> {
  const timer = new AbortController();
  const late = delay(PATIENCE, undefined, { signal: timer.signal }).then(() => {
    child.kill('SIGKILL');
    throw new Error(`${what} hangs`);
  });
  try {
    return await Promise.race([end, late]);
  } finally {
    timer.abort();
    late.catch(() => {});
  }
}

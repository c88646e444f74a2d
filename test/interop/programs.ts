/**
 * The programs that the interop tests talk to, and our own command beside them: finding, starting and stopping them.
 * Whatever is started here listens on a loopback port and is ended by its own process id.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** How long a server may take until it listens, and a stopped one until it is killed, in milliseconds. */
const START_TIME = 20_000;
const STOP_TIME = 5_000;

/** A server that listens on 127.0.0.1. Disposing of it stops the process and waits for its end. */
export interface Server extends AsyncDisposable {
  readonly port: number;
  /** What it has printed so far, both streams, for the message of a failed test. */
  printed(): string;
}

/** What a program that came to its end has said. */
export interface Ended {
  /** `null` where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A directory that disposing removes. */
export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
}

/** The program's path, from PATH and the system's directories; `undefined` where it is not installed. */
export function findProgram(name: string): string | undefined {
  const directories = (process.env['PATH'] ?? '')
    .split(delimiter)
    .concat('/usr/sbin', '/sbin', '/usr/local/sbin');
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

/** Why a test cannot run: `needs diod, gcc (not installed)`; `undefined` where all programs are there. */
export function missingPrograms(...names: readonly string[]): string | undefined {
  const missing = names.filter((name) => findProgram(name) === undefined);
  return missing.length === 0 ? undefined : `needs ${missing.join(', ')} (not installed)`;
}

/** The checkout, found from where this compiled file is. */
export function packageRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'tsconfig.json'))) directory = dirname(directory);
  return directory;
}

/** Our command, compiled beside this file. */
export function nsPath(): string {
  return fileURLToPath(new URL('../../bin/ns.js', import.meta.url));
}

/** A new directory for temporary files. All may read it: some servers act as their client's user. */
export async function temporaryDirectory(): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'nines-'));
  await chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Runs a program to its end. It is killed after `timeout` milliseconds; its code is then `null`. */
export async function run(program: string, args: readonly string[], timeout: number): Promise<Ended> {
  const child = spawn(findProgram(program) ?? program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  return { code, stdout, stderr };
}

/**
 * Starts `ns serve` on a free port with one tree at its root: `ram:`, `file:/some/directory`.
 *
 * @throws Error with all that it printed, if it does not say `serving` in time.
 */
export async function startNs(tree: string): Promise<Server> {
  const child = spawn(process.execPath, [nsPath(), 'serve', '-l', 'tcp://127.0.0.1:0', '-m', `${tree} /`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = collect(child);
  const port = await untilReady(child, printed, async () => {
    const url = /^serving (tcp:\S+)$/m.exec(printed())?.[1];
    return url === undefined ? undefined : Number(new URL(url).port);
  });
  return server(child, port, printed);
}

/**
 * Starts diod on a free port with one exported directory, which is also the aname; nobody is asked for a credential.
 * Its own synthetic tree `ctl` is exported too, as diodload needs it.
 *
 * As root, diod acts as the user who attaches. Any other user can only serve everybody as himself.
 */
export async function startDiod(directory: string): Promise<Server> {
  const port = await freePort();
  const squash = process.getuid?.() === 0 ? ['-N'] : ['-S'];
  const args = ['-f', '-n', ...squash, '-c', '/dev/null', '-L', 'stderr', '-l', `127.0.0.1:${port}`];
  const child = spawn(findProgram('diod') ?? 'diod', [...args, '-e', directory, '-e', 'ctl'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = collect(child);
  await untilReady(child, printed, async () => ((await accepts(port)) ? port : undefined));
  return server(child, port, printed);
}

/** A port of 127.0.0.1 that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = listener.address() as AddressInfo;
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

/** Ends a process: SIGTERM, and SIGKILL if that does not do; resolves when it is gone. */
export async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_TIME);
  await gone;
  clearTimeout(impatience);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

function collect(child: ChildProcess): () => string {
  let text = '';
  child.on('error', (error) => (text += `${error.message}\n`));
  child.stdout?.setEncoding('utf8').on('data', (data: string) => (text += data));
  child.stderr?.setEncoding('utf8').on('data', (data: string) => (text += data));
  return () => text;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => settle(true)).once('error', () => settle(false));
  });
}

/** Asks again and again until `probe` knows the port, the process is gone, or the time is over. */
async function untilReady(
  child: ChildProcess,
  printed: () => string,
  probe: () => Promise<number | undefined>,
): Promise<number> {
  for (const end = Date.now() + START_TIME; Date.now() < end && !hasEnded(child); await sleep(20)) {
    const port = await probe();
    if (port !== undefined) return port;
  }
  await stop(child);
  throw new Error(`${child.spawnargs.join(' ')} does not serve:\n${printed()}`);
}

function server(child: ChildProcess, port: number, printed: () => string): Server {
  return { port, printed, [Symbol.asyncDispose]: () => stop(child) };
}

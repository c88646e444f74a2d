/**
 * Mounts for tests, each served by a process of its own. However a test ends, its mounts are taken away: by their
 * servers, or lazily, or by telling the kernel that nobody answers any more.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram, nsPath, stop, temporaryDirectory } from '../programs.ts';
import { ok, sh } from './shell.ts';

/** A directory with something mounted there. */
export interface Mount extends AsyncDisposable {
  readonly path: string;
  /** The process that serves it; undefined where it is the kernel. */
  readonly process: ChildProcess | undefined;
  /** What that process has printed. */
  printed(): string;
}

const START_TIME = 20_000;

/** Why no mount can be made here: a reason to skip; `undefined` where it can. */
export function lackForMounts(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  return existsSync('/dev/fuse') ? undefined : 'needs /dev/fuse';
}

/** A tree as a file system: `ns export fuse SOURCE`, with options as of `-o`. */
export function mountFuse(source: string, options = ''): Promise<Mount> {
  const args = [nsPath(), 'export', 'fuse', source];
  const command = (path: string) => [
    process.execPath,
    ...args,
    path,
    ...(options === '' ? [] : ['-o', options]),
  ];
  return mountBy(command, (_, printed) => /^mounted /m.test(printed));
}

/** A directory once more, through bindfs: a file system over FUSE that hands everything on. */
export function mountBindfs(directory: string): Promise<Mount> {
  const command = (path: string) => [findProgram('bindfs')!, '-f', '-o', 'allow_other', directory, path];
  return mountBy(command, async (path) => (await deviceAt(path)) !== undefined);
}

/** A new tmpfs: the plain directory that everything is compared with. */
export async function mountTmpfs(): Promise<Mount> {
  const path = await mountpoint();
  await ok(`mount -t tmpfs -o mode=777 nines-test ${path}`);
  return {
    path,
    process: undefined,
    printed: () => '',
    async [Symbol.asyncDispose]() {
      await sh(`umount -l ${path}`);
      await rm(path, { recursive: true, force: true });
    },
  };
}

async function mountBy(
  command: (path: string) => readonly string[],
  isReady: (path: string, printed: string) => boolean | Promise<boolean>,
): Promise<Mount> {
  const path = await mountpoint();
  const runtime = await temporaryDirectory();
  const [program, ...args] = command(path);
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, XDG_RUNTIME_DIR: runtime.path },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (data: string) => (text += data));
  const dispose = async () => {
    await stop(child);
    await takeAway(path);
    await runtime[Symbol.asyncDispose]();
  };
  for (const end = Date.now() + START_TIME; !(await isReady(path, text)); await sleep(20)) {
    if (Date.now() < end && child.exitCode === null) continue;
    await dispose();
    throw new Error(`${[program, ...args].join(' ')} does not mount:\n${text}`);
  }
  return { path, process: child, printed: () => text, [Symbol.asyncDispose]: dispose };
}

async function mountpoint(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'nines-mount-'));
  await chmod(path, 0o755);
  return path;
}

/** The kernel's number of the file system that is mounted there, without touching it. */
async function deviceAt(path: string): Promise<number | undefined> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').map((line) => line.split(' '));
  const device = lines.findLast(([, , , , at]) => at === path)?.[2];
  return device === undefined ? undefined : Number(device.split(':')[1]);
}

/** What a server that was killed, or hangs, has left. */
async function takeAway(path: string): Promise<void> {
  for (let device = await deviceAt(path); device !== undefined; device = await deviceAt(path)) {
    abort(device);
    const { code, output } = await sh(`umount -l ${path}`, { seconds: 10 });
    if (code !== 0) throw new Error(`umount -l ${path}: ${output}`);
  }
  await rm(path, { recursive: true, force: true });
}

/** Answers for whoever does not: every call there fails from now on. */
function abort(device: number): void {
  try {
    writeFileSync(`/sys/fs/fuse/connections/${device}/abort`, '1');
  } catch {
    // Not everywhere is that file system mounted; and the connection may be gone.
  }
}

/** Makes a directory that everybody may use. By a process of its own, for it may be on a mount. */
export async function directoryIn(parent: string, name: string): Promise<string> {
  const path = join(parent, name);
  await ok(`mkdir -m 777 '${path}'`);
  return path;
}

/** What is to be disposed of when the tests of a file are over, the last first. */
export class Held implements AsyncDisposable {
  readonly #all: AsyncDisposable[] = [];

  add<T extends AsyncDisposable>(one: T): T {
    this.#all.push(one);
    return one;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#all.splice(0).toReversed()) await one[Symbol.asyncDispose]();
  }
}

/** The program, and the processes that carry it: in a mount namespace of its own, and a PID namespace. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, rmdirSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { FileError } from '../../file/errors.ts';
import { refusal } from './refusal.ts';
import { FIRST, LIMITS, PARENT, PIVOT } from './scripts.ts';
import { use, type Tools } from './tools.ts';
import { STDERR, type Wish } from './wish.ts';

/** Where the supervisor and the first process talk. */
const CHANNEL = 3;

/** Milliseconds between two looks for a program that is just being started. */
const LOOK_AGAIN = 5;

/** What root's number alone is enough to write to, whatever its capabilities: it would be a way out (proc(5)). */
const WRITABLE_BY_ROOT = ['sys', 'sysrq-trigger', 'irq', 'bus', 'fs'];

/** How a program runs. */
export type Manner = Pick<Wish, 'command' | 'hasJobs' | 'directory' | 'bare'>;

export class Program {
  /** Resolves with its exit code, 128 and the number of a signal that has ended it. */
  readonly ended: Promise<number>;
  readonly #tools: Tools;
  readonly #manner: Manner;
  readonly #parent: ChildProcess;
  readonly #channel: Duplex;

  private constructor(tools: Tools, manner: Manner) {
    this.#tools = tools;
    this.#manner = manner;
    const { setpriv, unshare, sh } = tools;
    // Shared memory and queues of System V have no names that a root could hide.
    const kinds = ['--mount', '--pid', ...(manner.bare ? ['--ipc'] : [])];
    const namespaces = [unshare, ...kinds, '--propagation', 'unchanged'];
    const jobs = manner.hasJobs ? ['-m'] : [];
    const parent = [sh, ...jobs, '-c', PARENT, 'ns', ...firstCommand(tools, manner)];
    const args = ['--pdeathsig', 'KILL', ...namespaces, ...parent];
    this.#parent = spawn(setpriv, args, { cwd: '/', stdio: [0, 1, STDERR, 'pipe'] });
    this.#channel = this.#parent.stdio[CHANNEL] as Duplex;
    // It ends with the process.
    this.#channel.on('error', () => undefined);
    this.ended = new Promise((resolve, reject) => {
      this.#parent.once('error', reject).once('exit', (code) => resolve(code ?? 128 + SIGKILL));
    });
  }

  /** Starts the processes, in the root of this one; resolves when the program waits for its own. */
  static async prepare(tools: Tools, manner: Manner): Promise<Program> {
    const program = new Program(tools, manner);
    const ready = new Promise<void>((resolve) => void program.#channel.once('data', () => resolve()));
    await Promise.race([ready, program.ended.then(tooEarly)]);
    return program;
  }

  /**
   * Gives it the root that is mounted at a path.
   *
   * @param old - an empty directory in the root, which is gone then; and where it is to be removed
   */
  async pivot(root: string, old: { readonly name: string; readonly directory: string }): Promise<void> {
    const { nsenter, sh, mount, pivot_root } = this.#tools;
    const own = `/proc/${this.#parent.pid}/ns`;
    const closed = this.#manner.bare && process.geteuid?.() === 0 ? WRITABLE_BY_ROOT : [];
    const script = [sh, '-c', PIVOT, 'ns', mount, pivot_root, root, old.name, ...closed];
    await use(nsenter, `--mount=${own}/mnt`, `--pid=${own}/pid_for_children`, ...script);
    // What is mounted on a directory goes with it when it is removed from another mount namespace (vfs_rmdir,
    // detach_mounts). No program has to be found for that in the new root, which perhaps has none.
    rmdirSync(join(old.directory, old.name));
  }

  /** From now on it runs. */
  begin(): void {
    this.#channel.end('go\n');
  }

  /** Sends the program a signal, as soon as it runs. */
  async signal(name: NodeJS.Signals): Promise<void> {
    while (this.#parent.exitCode === null && this.#parent.signalCode === null) {
      const pid = this.#find();
      if (pid !== undefined) return signalTo(pid, name);
      await delay(LOOK_AGAIN);
    }
  }

  /** The only child of the only child; what it leaves behind comes after it. */
  #find(): number | undefined {
    const first = childOf(this.#parent.pid!);
    return first === undefined ? undefined : childOf(first);
  }
}

const SIGKILL = 9;

/** The first process: with this user's number, and no capabilities over what was made for it. */
function firstCommand(tools: Tools, { command, directory, bare }: Manner): readonly string[] {
  const { setpriv, unshare, sh } = tools;
  const [uid, gid] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0];
  const user = [unshare, '--user', `--map-user=${uid}`, `--map-group=${gid}`];
  const limited = ['--keep-caps', sh, '-c', LIMITS, 'ns'];
  const without = ['--inh-caps=-all', '--ambient-caps=-all', '--no-new-privs'];
  const last = [setpriv, '--pdeathsig', 'KILL', ...(bare ? without : [])];
  const first = [sh, '-c', FIRST, 'ns', directory.path, directory.asked ? 'asked' : '', ...command];
  return [...(bare || uid !== 0 ? user : []), ...(bare ? limited : []), ...last, ...first];
}

function tooEarly(): never {
  throw new FileError('EIO', `cannot make a world of its own for the program; ${refusal()}`);
}

/** The first child of a process (proc(5)). */
function childOf(pid: number): number | undefined {
  try {
    const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ');
    return Number(first) || undefined;
  } catch {
    return undefined;
  }
}

function signalTo(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has just ended.
  }
}

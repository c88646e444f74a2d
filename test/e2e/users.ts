/** Users who run programs in worlds of their own. */
import { spawn } from 'node:child_process';
import { accessSync, chownSync, constants, cpSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from '../root.ts';
import { Running, World, program, type Result, type RunOptions } from './world.ts';

/** nobody, who has no rights that others have not. */
const NOBODY = 65_534;
/** Milliseconds that a test may take. */
export const PATIENCE = 60_000;
/** Milliseconds before keys are typed. */
const TYPING = 300;

const isRoot = process.geteuid?.() === 0;

/** A world whose commands a user runs. */
export class UserWorld extends World {
  readonly #as: readonly string[];
  readonly #program: string;

  /** @param uid - another user, for whom root runs the commands, from a copy that all can read */
  constructor(uid?: number) {
    super();
    if (uid === undefined) {
      [this.#as, this.#program] = [[], program];
      return;
    }
    this.#as = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
    this.#program = copyTo(this.path('copy'));
    for (const path of [this.directory, this.runtime]) chownSync(path, uid, uid);
    this.uid = uid;
  }

  readonly uid: number = process.geteuid?.() ?? 0;

  /** The command and its arguments, for any program that runs it. */
  line(...args: readonly string[]): readonly string[] {
    return [...this.#as, process.execPath, this.#program, ...args];
  }

  override start(args: readonly string[], options: RunOptions = {}): Running {
    const [command, ...rest] = this.line(...args);
    return this.run(command, rest, options);
  }

  /** A program in the world of a file. */
  exec(file: string, ...args: readonly string[]): Promise<Result> {
    return this.ns('exec', '-n', file, ...args);
  }

  /** `ns` on a terminal, which is typed on. */
  async typing(args: readonly string[], dialogue: readonly (readonly [RegExp, string])[]): Promise<Result> {
    const line = this.line(...args).map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    const child = spawn('script', ['-qec', `exec ${line.join(' ')}`, '/dev/null'], {
      cwd: this.directory,
      env: { ...this.env, TERM: 'dumb', SHELL: '/bin/sh', PS1: '$ ' },
    });
    const running = new Running(child, PATIENCE);
    let seen = 0;
    for (const [expected, keys] of dialogue) {
      const found = (): RegExpExecArray | null => expected.exec(running.stdout.slice(seen));
      await running.until(() => found() !== null);
      seen += found()!.index + found()![0].length;
      // What says that it is there may need a moment to wait for keys.
      await delay(TYPING);
      child.stdin.write(keys);
    }
    return running.ended;
  }

  /** The processes that run with this world's environment, besides those that hold namespaces. */
  processes(): readonly string[] {
    const own = `XDG_RUNTIME_DIR=${this.runtime}`;
    return readdirSync('/proc').flatMap((pid) => {
      if (!/^\d+$/.test(pid) || !read(`/proc/${pid}/environ`).split('\0').includes(own)) return [];
      const line = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
      return line.includes('/daemon/main.js') ? [] : [`${pid} ${line}`];
    });
  }

  /** Resolves when none is left; fails if one stays. */
  async quiet(): Promise<void> {
    const deadline = performance.now() + 5000;
    while (this.processes().length > 0) {
      if (performance.now() > deadline) throw new Error(`still there: ${this.processes().join('\n')}`);
      await delay(20);
    }
  }
}

function copyTo(directory: string): string {
  const compiled = resolve(dirname(program), '..');
  for (const part of ['bin', 'src'])
    cpSync(join(compiled, part), join(directory, 'dist', part), { recursive: true });
  for (const name of ['commander', 'ws']) {
    cpSync(join(root, 'node_modules', name), join(directory, 'node_modules', name), { recursive: true });
  }
  cpSync(join(root, 'package.json'), join(directory, 'package.json'));
  return join(directory, 'dist/bin/ns.js');
}

export function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Why programs cannot have worlds here; undefined if they can. */
function lack(): string | undefined {
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
  } catch {
    return '/dev/fuse cannot be used';
  }
  if (read('/proc/sys/user/max_user_namespaces').trim() === '0') return 'there are no user namespaces';
  if (read('/proc/sys/kernel/apparmor_restrict_unprivileged_userns').trim() === '1')
    return 'AppArmor restricts user namespaces';
  return undefined;
}

/** Who runs the commands, as a name and a number of another one. */
export const users: readonly (readonly [string, number | undefined])[] = isRoot
  ? [
      ['root', undefined],
      ['a plain user', NOBODY],
    ]
  : [['a plain user', undefined]];
/** Why they cannot here; undefined if they can. */
export const lacking = lack();
if (lacking !== undefined) process.stderr.write(`skipped: ns exec: ${lacking}\n`);
if (!isRoot) process.stderr.write('skipped: ns exec as root: this is not root\n');

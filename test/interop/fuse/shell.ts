/** Commands on a mount. Whatever they do there may hang, and then the test fails, and does not hang itself. */
import { spawn } from 'node:child_process';

/** What a command came to. */
export interface Done {
  /** `null` where it was killed, or did not end. */
  readonly code: number | null;
  /** Both streams. */
  readonly output: string;
  /** Milliseconds. */
  readonly took: number;
  /** The time was over: it was killed. */
  readonly late: boolean;
  /** It outlived SIGKILL: it waits in the kernel (D state). */
  readonly stuck: boolean;
}

export interface ShellOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** After which everything that was started is killed; 30 if not given. */
  readonly seconds?: number;
}

/** How long a killed process may take to be gone. */
const DYING = 5000;
/** Of what a failed command printed, the end is shown. */
const SHOWN = 3000;

/** Runs a script of sh, which ends at the first command that fails. */
export function sh(script: string, { cwd = '/', env, seconds = 30 }: ShellOptions = {}): Promise<Done> {
  const started = performance.now();
  // A working directory on the mount would be entered by this process's fork: the shell does that.
  const child = spawn('sh', ['-ec', `cd "$0"\n${script}`, cwd], {
    cwd: '/',
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  let late = false;
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((resolve, reject) => {
    const end = (code: number | null, stuck: boolean) => {
      clearTimeout(patience);
      clearTimeout(last);
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      resolve({ code, output, took: performance.now() - started, late, stuck });
    };
    let last: NodeJS.Timeout | undefined;
    const patience = setTimeout(() => {
      late = true;
      killGroup(child.pid!);
      last = setTimeout(() => end(null, true), DYING);
    }, seconds * 1000);
    child.once('error', reject).once('close', (code) => {
      killGroup(child.pid!);
      end(late ? null : code, false);
    });
  });
}

/** The same, for what must succeed; its output. @throws Error with what it printed. */
export async function ok(script: string, options: ShellOptions = {}): Promise<string> {
  const done = await sh(script, options);
  if (done.code === 0) return done.output;
  const how = done.stuck
    ? 'survives SIGKILL'
    : done.late
      ? `is not done after ${options.seconds ?? 30} s`
      : `ends with ${done.code}`;
  throw new Error(`${script}\n${how}:\n${done.output.slice(-SHOWN)}`);
}

/** What the command has left running in the background. */
function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // It is gone.
  }
}

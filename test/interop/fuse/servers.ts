/** 9P servers whose processes the tests stop and continue. */
import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { nsPath, stop } from '../programs.ts';

export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  readonly process: ChildProcess;
}

const START_TIME = 20_000;

/** `ns serve` of one tree, with further options: `--fids 1000`. */
export function startServe(tree: string, ...options: readonly string[]): Promise<ServerProcess> {
  return start([nsPath(), 'serve', '-l', 'tcp://127.0.0.1:0', '-m', `${tree} /`, ...options]);
}

/** `ns serve` of what a namespace file says. */
export function startNamespace(file: string): Promise<ServerProcess> {
  return start([nsPath(), 'serve', file]);
}

/** The tree of synthetic.ts. */
export function startSynthetic(): Promise<ServerProcess> {
  return start([fileURLToPath(new URL('synthetic.js', import.meta.url))]);
}

async function start(args: readonly string[]): Promise<ServerProcess> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const dispose = async () => {
    child.kill('SIGCONT');
    await stop(child);
  };
  for (const end = Date.now() + START_TIME; Date.now() < end && child.exitCode === null; await sleep(20)) {
    const url = /^serving (tcp:\S+)$/m.exec(printed)?.[1];
    if (url !== undefined) return { url, process: child, [Symbol.asyncDispose]: dispose };
  }
  await dispose();
  throw new Error(`${args.join(' ')} does not serve:\n${printed}`);
}

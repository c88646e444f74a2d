/** What the threads of a test have in common: a tree that is served by another process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./server.js', import.meta.url));

export interface Peer extends AsyncDisposable {
  readonly address: string;
  kill(): Promise<void>;
}

/** A tree of another process: the thread of the test is blocked, and could not serve one. */
export async function peer(url: string): Promise<Peer> {
  const child = spawn(process.execPath, [PROGRAM, url], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  return { address: line, kill, [Symbol.asyncDispose]: kill };
}

export interface Folder extends Disposable {
  readonly path: string;
}

export function folder(): Folder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'nines-sync-')));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** The servers that are measured: each is started on a free loopback port, with an empty writable tree. */

import { existsSync, readFileSync } from 'node:fs';
import * as net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { lastLine, launch } from './programs.ts';
import type { Program } from './programs.ts';
import { memoryFolder } from './scratch.ts';

const START_TIMEOUT_MS = 10_000;
const POLL_MS = 20;

/** A server that answers. */
export interface Server {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  readonly aname: string;
  stop(): Promise<void>;
}

/** How a server is started. Rejects with a line for the user, who may do without it. */
export interface Candidate {
  readonly name: string;
  start(): Promise<Server>;
}

/** Those that the others are compared with. */
export const PEER = 'diod';
export const LIMIT = 'bare';

export const candidates: readonly Candidate[] = [
  { name: PEER, start: startDiod },
  { name: LIMIT, start: () => startNode(LIMIT, 'bare.js', []) },
  { name: 'ns ram:', start: () => startOurs('ns ram:', 'ram: /') },
  { name: 'ns file:', start: () => startOurs('ns file:', `file:${memoryFolder()} /`) },
];

async function startDiod(): Promise<Server> {
  const port = await freePort();
  const folder = memoryFolder();
  const args = ['-c', '/dev/null', '-f', '-n', '-l', `127.0.0.1:${port}`, '-e', folder];
  const program = await launch('diod', args).catch((error: unknown) => {
    throw new Error('diod cannot be started (apt-get install diod)', { cause: error });
  });
  await until(program, () => accepts(port));
  return { name: PEER, pid: program.pid, port, aname: folder, stop: () => program.stop() };
}

function startOurs(name: string, mount: string): Promise<Server> {
  return startNode(name, '../bin/ns.js', ['serve', '-l', 'tcp://127.0.0.1:0', '-m', mount]);
}

/** A program of this build, which says its port on stdout when it is ready. */
async function startNode(name: string, path: string, args: readonly string[]): Promise<Server> {
  const script = fileURLToPath(new URL(path, import.meta.url));
  if (!existsSync(script)) throw new Error(`${script} is not built`);
  const program = await launch(process.execPath, [script, ...args]);
  const port = (): string | undefined => /^serving tcp:\/\/\S*:(\d+)/m.exec(program.output())?.[1];
  await until(program, () => port() !== undefined);
  return { name, pid: program.pid, port: Number(port()), aname: '/', stop: () => program.stop() };
}

async function until(program: Program, ready: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await ready())) {
    if (!program.running()) throw new Error(`it ended at once: ${lastLine(program.complaints())}`);
    if (Date.now() > deadline) {
      await program.stop();
      throw new Error(`it did not answer in ${START_TIMEOUT_MS / 1000} s`);
    }
    await sleep(POLL_MS);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** The memory that a server holds now, in bytes; undefined if it is gone. */
export function residentBytes(server: Server): number | undefined {
  try {
    const status = readFileSync(`/proc/${server.pid}/status`, 'latin1');
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch {
    return undefined;
  }
}

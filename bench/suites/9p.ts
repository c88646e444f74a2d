/** The server over TCP loopback, beside diod and the limit of this platform. */

import * as net from 'node:net';
import { launch } from '../programs.ts';
import type { Program } from '../programs.ts';
import { memoryFolder } from '../scratch.ts';
import { launchNode, launchServe, until, untilServing } from '../start.ts';
import type { Server, Suite } from '../suite.ts';

const PEER = 'diod';
const LIMIT = 'bare';
const HOST = '127.0.0.1';

export const ninep: Suite = {
  load: '9p',
  candidates: [
    { name: PEER, start: startDiod },
    { name: LIMIT, start: startBare },
    { name: 'ns ram:', start: () => startOurs('ns ram:', 'ram: /') },
    { name: 'ns file:', start: () => startOurs('ns file:', `file:${memoryFolder()} /`) },
  ],
  baselines: { peer: PEER, limit: LIMIT },
};

function server(name: string, program: Program, port: number | string, aname: string): Server {
  return { name, pids: [program.pid], target: [HOST, String(port), aname], stop: () => program.stop() };
}

async function startDiod(): Promise<Server> {
  const port = await freePort();
  const folder = memoryFolder();
  const args = ['-c', '/dev/null', '-f', '-n', '-l', `${HOST}:${port}`, '-e', folder];
  const program = await launch('diod', args).catch((error: unknown) => {
    throw new Error('diod cannot be started (apt-get install diod)', { cause: error });
  });
  await until(program, () => accepts(port));
  return server(PEER, program, port, folder);
}

async function startBare(): Promise<Server> {
  const program = await launchNode('bare.js', []);
  return server(LIMIT, program, portOf(await untilServing(program)), '/');
}

async function startOurs(name: string, mount: string): Promise<Server> {
  const program = await launchServe(`tcp://${HOST}:0`, mount);
  return server(name, program, portOf(program.address), '/');
}

function portOf(address: string): string {
  return /:(\d+)$/.exec(address)?.[1] ?? '';
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const listener = net.createServer().on('error', reject);
    listener.listen(0, HOST, () => {
      const address = listener.address();
      listener.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, HOST);
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

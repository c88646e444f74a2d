/** The FUSE gateway on a tree in memory, beside the same in C, and with 9P between the gateway and the tree. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '../compile.ts';
import { launch, run } from '../programs.ts';
import type { Program } from '../programs.ts';
import { atEnd, temporaryFolder } from '../scratch.ts';
import { launchNode, launchServe, until } from '../start.ts';
import type { Server, Suite } from '../suite.ts';

const PEER = 'C';
const PKG_CONFIG_TIMEOUT_MS = 5000;

/** What the kernel may keep, in the words of both sides. */
interface Caching {
  readonly peer: readonly string[];
  readonly ours: string;
}

/** Every call of a program reaches the server. */
export const fuse = suiteFor({ peer: [], ours: 'cache=none' });
/** As the gateway is used: names and attributes are good for a second, contents from open to close. */
export const fuseCached = suiteFor({ peer: ['cached'], ours: 'cache=auto' });

function suiteFor(caching: Caching): Suite {
  return {
    load: 'files',
    candidates: [
      { name: PEER, start: () => startPeer(PEER, ['single', ...caching.peer]) },
      { name: 'C threads', start: () => startPeer('C threads', ['threads', ...caching.peer]) },
      { name: 'ns ram:', start: () => exported('ns ram:', 'ram:', [], caching) },
      { name: 'ns unix:', start: () => startBehind('ns unix:', unixAddress(), caching) },
      { name: 'ns tcp:', start: () => startBehind('ns tcp:', 'tcp://127.0.0.1:0', caching) },
    ],
    baselines: { peer: PEER },
  };
}

function unixAddress(): string {
  return `unix://${join(temporaryFolder(), 'socket')}`;
}

async function startPeer(name: string, how: readonly string[]): Promise<Server> {
  const flags = await run('pkg-config', ['--cflags', '--libs', 'fuse3'], PKG_CONFIG_TIMEOUT_MS).catch(
    (error: unknown) => {
      throw new Error('libfuse3 is not here (apt-get install libfuse3-dev pkg-config)', { cause: error });
    },
  );
  const command = await compile(['peers/memory'], flags.trim().split(/\s+/));
  const mountpoint = makeMountpoint();
  return await mounted(name, mountpoint, [await launch(command, [mountpoint, ...how])]);
}

/** The gateway on a server of ours: a 9P connection between it and the tree. */
async function startBehind(name: string, listen: string, caching: Caching): Promise<Server> {
  const server = await launchServe(listen);
  try {
    return await exported(name, server.address, [server], caching);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function exported(
  name: string,
  source: string,
  behind: readonly Program[],
  { ours }: Caching,
): Promise<Server> {
  const mountpoint = makeMountpoint();
  const args = ['export', 'fuse', source, mountpoint, '-o', ours];
  return await mounted(name, mountpoint, [await launchNode('../bin/ns.js', args), ...behind]);
}

/** The first of the programs is the one that mounts. */
async function mounted(
  name: string,
  mountpoint: string,
  programs: readonly [Program, ...Program[]],
): Promise<Server> {
  await until(programs[0], () => isMountpoint(mountpoint));
  const stop = async (): Promise<void> => {
    for (const program of programs) await program.stop();
  };
  return { name, pids: programs.map((program) => program.pid), target: [mountpoint], stop };
}

function isMountpoint(path: string): boolean {
  return readFileSync('/proc/self/mounts', 'utf8').includes(` ${path} fuse`);
}

/** A folder that is no mountpoint any more when the benchmark ends, even if the server was killed. */
function makeMountpoint(): string {
  const folder = temporaryFolder();
  atEnd(() => {
    if (isMountpoint(folder)) spawnSync('fusermount3', ['-u', '-z', folder], { stdio: 'ignore' });
  });
  return folder;
}

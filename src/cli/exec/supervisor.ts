/**
 * The process that makes a program's world and serves it for as long as the program runs: `node supervisor.js`, in a
 * mount namespace of its own, and for a user in a user namespace where it may mount. Its exit code is the program's.
 */
import { readlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Fid } from '../../client/index.ts';
import { runtimeDirectory } from '../../host/index.ts';
import { describe } from '../failure.ts';
import { build, openYard, type Yard } from './builder.ts';
import { bareChoices, joinedChoices } from './choices.ts';
import { findNamespace, openGateway, type Found } from './gateway.ts';
import { Line } from './line.ts';
import { plan } from './plan.ts';
import { Program } from './program.ts';
import { Signals } from './signals.ts';
import { endIfHungUp } from '../terminal.ts';
import { findTools, use, type Tools } from './tools.ts';
import { hostTree, laterTree, servedTree } from './tree.ts';
import { LINE, STDERR, type FromSupervisor, type ToSupervisor, type Wish } from './wish.ts';

const FAILED = 1;

/** Milliseconds that is waited for the last files to be closed when the program has ended. */
const FAREWELL = 1000;

/** Where the old root is for a moment. */
const OLD = '.nines-old-root';

const signals = new Signals();
const { line, wished } = openLine();
try {
  end(await main(findTools()));
} catch (error) {
  await line.say({ kind: 'failed', why: describe(error) });
  end(FAILED);
}

function end(status: number): never {
  endIfHungUp();
  process.exit(status);
}

function openLine() {
  let hear: (wish: Wish) => void;
  const wished = new Promise<Wish>((resolve) => (hear = resolve));
  const line = new Line<FromSupervisor, ToSupervisor>(new Socket({ fd: LINE }), (message) => {
    if (message.kind === 'wish') hear(message.wish);
    else void signals.take(message.signal);
  });
  // Without the command nobody waits for the program, which ends as this process does.
  void line.closed.then(() => end(FAILED));
  return { line, wished };
}

/** Resolves with the program's exit code. */
async function main(tools: Tools): Promise<number> {
  void line.say({ kind: 'up' });
  const wish = await wished;
  const found = await findNamespace(wish.source);
  process.chdir('/');
  const yard = await openYard(tools, runtimeDirectory());
  const server = await openGateway(found, yard.gateway, wish);
  const part = await buildRoot(tools, yard, found, wish);
  const program = await Program.prepare(tools, wish);
  await program.pivot(yard.root, { name: OLD, directory: part });
  // The world has it all. Nobody who looks around here, as a tree of this machine that is served does, is to find it.
  await use(tools.umount, '-l', yard.directory);
  signals.passTo((signal) => void program.signal(signal), wish.hasJobs);
  program.begin();
  const status = await program.ended;
  await Promise.race([server.closed(), delay(FAREWELL)]);
  await Promise.race([found.close(), delay(FAREWELL)]);
  return status;
}

/** Returns the directory that becomes the root, where it can be written to. */
async function buildRoot(tools: Tools, yard: Yard, found: Found, wish: Wish): Promise<string> {
  // It is not closed: the file is still served.
  const namespace = servedTree(new Fid(found.root), yard.gateway);
  const { mountPoints } = found;
  const { bare, keep } = wish;
  const note = (text: string): void => void line.say({ kind: 'note', text });
  const parts = { host: hostTree, namespace, mountPoints, keep, terminals: terminals(), note };
  const choices = new Map(await (bare ? bareChoices(parts) : joinedChoices(parts)));
  choices.set(`/${OLD}`, laterTree);
  await build(tools, yard, await plan(bare ? namespace : hostTree, choices, yard.parts, yard.root));
  return join(yard.parts, '0');
}

/** The names of the terminals that the program's input and output are. */
function terminals(): readonly string[] {
  const names = [0, 1, STDERR].map((fd) => readlinkSync(`/proc/self/fd/${fd}`));
  return [...new Set(names)].filter((name) => /^\/dev\/(pts\/\d+|tty[^/]+|console)$/.test(name));
}

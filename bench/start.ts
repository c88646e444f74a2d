/** Starting the servers that are measured. */

import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { lastLine, launch } from './programs.ts';
import type { Program } from './programs.ts';

const START_TIMEOUT_MS = 10_000;
const POLL_MS = 20;

/** A program of this build, by its path from here. */
export async function launchNode(path: string, args: readonly string[]): Promise<Program> {
  const script = fileURLToPath(new URL(path, import.meta.url));
  if (!existsSync(script)) throw new Error(`${script} is not built`);
  return await launch(process.execPath, [script, ...args]);
}

/** `ns serve` of an empty tree in memory, or of what `mount` says, once it says that it serves. */
export async function launchServe(listen: string, mount = 'ram: /'): Promise<ServeProgram> {
  const program = await launchNode('../bin/ns.js', ['serve', '-l', listen, '-m', mount]);
  return { ...program, address: await untilServing(program) };
}

export interface ServeProgram extends Program {
  readonly address: string;
}

/** The address that a program says on stdout when it is ready. */
export async function untilServing(program: Program): Promise<string> {
  const address = (): string | undefined => /^serving (\S+)/m.exec(program.output())?.[1];
  await until(program, () => address() !== undefined);
  return address() ?? '';
}

/** Waits for a program to be ready; rejects, with the program stopped, if it will not be. */
export async function until(program: Program, ready: () => boolean | Promise<boolean>): Promise<void> {
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

/** Puts a root together, as planned, in the mount namespace of this process. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeName } from '../../host/index.ts';
import type { Step } from './plan.ts';
import { use, type Tools } from './tools.ts';

/** Where a world is built: file systems in memory, and a name for each thing in them. */
export interface Yard {
  /** Mounted over a directory that is there anyway: nothing of it is ever on a disk, or left behind. */
  readonly directory: string;
  /** Where the gateway serves. */
  readonly gateway: string;
  /** Where directories are made anew. */
  readonly parts: string;
  /** Where the root will be. */
  readonly root: string;
}

/** The yard itself cannot be bound: a directory of this machine that it lies in may be. */
export async function openYard(tools: Tools, directory: string): Promise<Yard> {
  const at = (name: string): string => join(directory, name);
  const yard: Yard = { directory, gateway: at('gateway'), parts: at('parts'), root: at('root') };
  await use(tools.mount, '-t', 'tmpfs', '-o', 'mode=700', '--make-unbindable', 'nines', directory);
  for (const path of [yard.gateway, yard.parts, yard.root]) mkdirSync(path);
  await use(tools.mount, '-t', 'tmpfs', '-o', 'mode=755,nosuid,nodev', 'nines', yard.parts);
  return yard;
}

/** What is made is made at once; all that is to be bound is bound by one process, which reads it from a table (fstab(5)). */
export async function build(tools: Tools, yard: Yard, steps: readonly Step[]): Promise<void> {
  const binds: string[] = [];
  for (const step of steps) {
    const path = encodeName(step.path);
    switch (step.make) {
      case 'dir':
        mkdirSync(path);
        // Whatever the user's umask, which is the program's as well.
        chmodSync(path, 0o755);
        break;
      case 'file':
        writeFileSync(path, '');
        break;
      case 'link':
        symlinkSync(encodeName(step.target), path);
        break;
      case 'bind':
        binds.push(`${field(step.from)} ${field(step.path)} none ${step.final ? 'rbind,ro' : 'rbind'} 0 0\n`);
    }
  }
  const table = join(yard.directory, 'fstab');
  writeFileSync(table, binds.join(''), 'latin1');
  await use(tools.mount, '-a', '-T', table);
}

/** As fstab(5) has it: bytes, and some of them as octal digits. */
function field(path: string): string {
  return encodeName(path)
    .toString('latin1')
    .replaceAll(/[\s\\#]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/**
 * A Linux in QEMU that mounts trees with its own 9P client and runs the battery on them.
 *
 * Emulated (TCG), not virtualised: /dev/kvm can exist, open, and then run nothing (nested machines), for which there is
 * no sign but time; and an emulated guest is up in three seconds.
 */
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';
import { findProgram, packageRoot, stop } from '../programs.ts';
import { outcomeOf, type Outcome } from './battery.ts';
import { cpio, type Member } from './cpio.ts';
import { modulesOf, type Kernel } from './kernel.ts';

export type Dialect = '9p2000.L' | '9p2000.u' | '9p2000';
export type Cache = 'none' | 'loose';

/** One tree, mounted one way. */
export interface Mount {
  /** Without spaces; its results are found by it. */
  readonly label: string;
  readonly dialect: Dialect;
  readonly cache: Cache;
  /** As for mount(8): the server's host, or the tag of a virtio device. */
  readonly source: string;
  /** The same tree once more, for a second client of it. */
  readonly otherSource: string;
  readonly options: string;
  /** This test alone. */
  readonly test?: string;
}

/** How the battery went on one mount. */
export interface MountReport {
  readonly outcomes: readonly Outcome[];
  /** What else went wrong: a mount that was refused, a process that hangs. */
  readonly broken: readonly string[];
  /** Whether it came to its end. */
  readonly complete: boolean;
}

export interface GuestReport {
  readonly mounts: ReadonlyMap<string, MountReport>;
  /** Lines in which the guest's kernel complains: a panic, a hung task, an oops, an error of 9P. */
  readonly complaints: readonly string[];
  /** All that the guest's kernel printed. */
  readonly console: string;
  /** Whether the guest switched itself off, in time. */
  readonly ended: boolean;
}

export interface Boot {
  readonly kernel: Kernel;
  readonly battery: string;
  readonly mounts: readonly Mount[];
  /** Further devices of the machine. */
  readonly devices?: readonly string[];
  /** A directory for what the boot needs; its content is of no use later. */
  readonly directory: string;
  /** The most that it may take, in milliseconds. */
  readonly timeout: number;
  /** Is told each line of results as it comes. */
  readonly progress?: (line: string) => void;
}

const COMPLAINT = /Kernel panic|BUG:|Oops|WARNING:|general protection|blocked for more than|9pnet|\b9p:/;

/** For the guest's kernel: a panic ends QEMU (with -no-reboot); mitigations cost time and guard nothing here. */
const COMMAND_LINE = 'console=ttyS0 loglevel=5 panic=-1 mitigations=off';

const MACHINE = '-machine pc,accel=tcg -smp 2 -m 384 -display none -monitor none -no-reboot'.split(' ');

/** Boots, runs the battery on every mount, and reports; never throws for what happens in the guest. */
export async function bootGuest(boot: Boot): Promise<GuestReport> {
  const initramfs = join(boot.directory, 'initramfs.gz');
  const consoleLog = join(boot.directory, 'console.log');
  await writeFile(initramfs, gzipSync(cpio(await membersOf(boot)), { level: 1 }));
  await writeFile(consoleLog, '');
  const { lines, ended } = await runQemu(boot, [
    ...MACHINE,
    '-nic',
    'user,model=virtio-net-pci',
    '-kernel',
    boot.kernel.image,
    '-initrd',
    initramfs,
    '-append',
    COMMAND_LINE,
    '-serial',
    `file:${consoleLog}`,
    '-serial',
    'stdio',
    ...(boot.devices ?? []),
  ]);
  const console = await readFile(consoleLog, 'latin1');
  const complaints = console.split(/\r?\n/).filter((line) => COMPLAINT.test(line));
  return { mounts: reportsOf(boot.mounts, lines), complaints, console, ended };
}

/** The guest's root: busybox, the battery, the modules, the list of mounts, and the script that runs first. */
async function membersOf(boot: Boot): Promise<readonly Member[]> {
  const modules = modulesOf(boot.kernel);
  const order = modules.map(({ name }) => `${name}\n`).join('');
  const program = (path: string, content: Uint8Array): Member => ({
    path,
    kind: 'file',
    content,
    executable: true,
  });
  const text = (path: string, content: string): Member => {
    return { path, kind: 'file', content: Buffer.from(content), executable: false };
  };
  return [
    { path: 'bin', kind: 'directory' },
    { path: 'modules', kind: 'directory' },
    program('init', await readFile(join(packageRoot(), 'test/interop/v9fs/init.sh'))),
    program('bin/busybox', await readFile(findProgram('busybox') ?? 'busybox')),
    program('battery', await readFile(boot.battery)),
    text('modules/order', order),
    ...modules.map(({ name, content }): Member => program(`modules/${name}.ko`, content)),
    text('mounts', boot.mounts.map(lineOf).join('')),
  ];
}

function lineOf({ label, dialect, cache, source, otherSource, options, test = '' }: Mount): string {
  return `${label} ${dialect} ${cache} ${source} ${otherSource} ${options} ${test}\n`;
}

async function runQemu(
  boot: Boot,
  args: readonly string[],
): Promise<{ lines: readonly string[]; ended: boolean }> {
  const lines: string[] = [];
  const qemu = spawn(findProgram('qemu-system-x86_64') ?? 'qemu-system-x86_64', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const takeLine = (line: string): void => {
    lines.push(line);
    boot.progress?.(line);
  };
  createInterface({ input: qemu.stdout }).on('line', takeLine);
  createInterface({ input: qemu.stderr }).on('line', (line) => takeLine(`- qemu ${line}`));
  let timedOut = false;
  const patience = setTimeout(() => {
    timedOut = true;
    void stop(qemu);
  }, boot.timeout);
  const code = await new Promise<number | null>((resolve, reject) => {
    qemu.once('error', reject).once('close', resolve);
  });
  clearTimeout(patience);
  return { lines, ended: code === 0 && !timedOut };
}

/** The lines `LABEL ok …`, `LABEL broken …`, `LABEL end`, sorted by mount. */
function reportsOf(mounts: readonly Mount[], lines: readonly string[]): ReadonlyMap<string, MountReport> {
  return new Map(
    mounts.map(({ label }) => {
      const own = lines
        .filter((line) => line.startsWith(`${label} `))
        .map((line) => line.slice(label.length + 1));
      const outcomes = own.flatMap((line) => outcomeOf(line) ?? []);
      const broken = own.filter(
        (line) => outcomeOf(line) === undefined && line !== 'begin' && line !== 'end',
      );
      return [label, { outcomes, broken, complete: own.includes('end') }];
    }),
  );
}

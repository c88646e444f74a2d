/**
 * ns export v9fs, where the kernel has 9P: a guest in QEMU whose root is this machine's, read-only, with this very
 * node and command in it.
 */
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { findProgram, missingPrograms, nsPath, packageRoot, stop, temporaryDirectory } from './programs.ts';
import { cpio, type Member } from './v9fs/cpio.ts';
import { findKernel, modulesOf, type Kernel } from './v9fs/kernel.ts';

/** Milliseconds: an emulated machine, in which node alone takes seconds to start. */
const GUEST_TIME = 240_000;

const MACHINE = '-machine pc,accel=tcg -smp 2 -m 1024 -display none -monitor none -no-reboot -nic none'.split(
  ' ',
);
const COMMAND_LINE = 'console=ttyS0 loglevel=5 panic=-1 mitigations=off';
/** The tag under which init.sh mounts it. */
const HOST_ROOT = [
  '-fsdev',
  'local,id=host,path=/,security_model=none,readonly=on,multidevs=remap',
  '-device',
  'virtio-9p-pci,fsdev=host,mount_tag=host',
];

const kernel = findKernel();
const lacking =
  missingPrograms('qemu-system-x86_64', 'busybox') ??
  (kernel === undefined ? 'needs a kernel with the module 9p (linux-image-amd64)' : undefined);

if (lacking !== undefined) process.stderr.write(`v9fs-export: skipped, ${lacking}\n`);

(lacking === undefined ? test : test.skip)(
  'a tree is mounted, used, mounted again after kill -9, and taken back',
  async () => {
    await using directory = await temporaryDirectory();
    const printed = await boot(kernel!, directory.path);
    const parts = printed.replaceAll('\r', '').split(/^== (\w+)\n/m);
    const said = (step: string): string => parts[parts.indexOf(step) + 1] ?? '';
    const options = 'trans=unix,version=9p2000.L,msize=1048576';
    expect(printed).toContain('== end\n');
    expect(said('mounted')).toMatch(/\/exports\/\w+\.9p \/mnt\/m 9p rw,.*nosuid,nodev,.*access=0,/);
    expect(said('mounted')).toContain(
      `mounted file:/mnt/source on /mnt/m (9p: ${options},cache=none,access=0,nosuid,nodev)\n`,
    );
    expect(said('used')).toBe('hello\nbig\nd\n');
    expect(said('killed')).toBe(
      `mounted file:/mnt/source on /mnt/m (9p: ${options},cache=mmap,access=0,nosuid,nodev,ro)\n` +
        "hello\ntouch: cannot touch 'm/x': Read-only file system\n1\n",
    );
    expect(said('unexported')).toBe('log\n');
  },
  GUEST_TIME + 10_000,
);

/** What the script prints in the guest. */
async function boot(linux: Kernel, directory: string): Promise<string> {
  const initramfs = join(directory, 'initramfs.gz');
  await writeFile(initramfs, gzipSync(cpio(await membersOf(linux)), { level: 1 }));
  const files = ['-kernel', linux.image, '-initrd', initramfs, '-append', COMMAND_LINE];
  const serials = ['-serial', `file:${join(directory, 'console.log')}`, '-serial', 'stdio'];
  const qemu = spawn(findProgram('qemu-system-x86_64')!, [...MACHINE, ...files, ...serials, ...HOST_ROOT], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [qemu.stdout, qemu.stderr])
    stream.setEncoding('utf8').on('data', (text) => (printed += text));
  const patience = setTimeout(() => void stop(qemu), GUEST_TIME);
  await new Promise((resolve, reject) => qemu.once('error', reject).once('close', resolve));
  clearTimeout(patience);
  return printed;
}

async function membersOf(linux: Kernel): Promise<readonly Member[]> {
  const modules = modulesOf(linux);
  const program = (path: string, content: Uint8Array): Member => ({
    path,
    kind: 'file',
    content,
    executable: true,
  });
  const script = (await own('script.sh')).replaceAll('@NODE@', process.execPath).replaceAll('@NS@', nsPath());
  return [
    { path: 'bin', kind: 'directory' },
    { path: 'modules', kind: 'directory' },
    program('init', Buffer.from(await own('init.sh'))),
    program('bin/busybox', await readFile(findProgram('busybox')!)),
    program('script', Buffer.from(script)),
    program('modules/order', Buffer.from(modules.map(({ name }) => `${name}\n`).join(''))),
    ...modules.map(({ name, content }) => program(`modules/${name}.ko`, content)),
  ];
}

const own = (name: string): Promise<string> =>
  readFile(join(packageRoot(), 'test/interop/v9fs-export', name), 'utf8');

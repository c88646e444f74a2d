/** Where something may be mounted, and how it is taken away: as root, on this machine. */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mountFuse } from '../../src/gateways/fuse/mount/index.ts';
import { isDead, isWithin, locate, prepareUnmount, requireFree } from '../../src/gateways/mounting/index.ts';
import { mountAt, readMounts } from '../../src/host/index.ts';
import { endExports, mountsIn, whyNoFuse } from '../e2e/mounts.ts';
import { testUnless } from '../host/support.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nines-mounting-'));
});
afterEach(async () => {
  await endExports(folder, folder);
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);

test('what is within what', () => {
  expect(isWithin('/a/b', '/a')).toBe(true);
  expect(isWithin('/a', '/a')).toBe(true);
  expect(isWithin('/a', '/')).toBe(true);
  expect(isWithin('/a/..b', '/a')).toBe(true);
  expect(isWithin('/ab', '/a')).toBe(false);
  expect(isWithin('/', '/a')).toBe(false);
});

describe('a mountpoint', () => {
  test('is found behind symbolic links, which may lead in a circle', async () => {
    mkdirSync(at('real/inner'), { recursive: true });
    symlinkSync('real', at('directory'));
    symlinkSync(at('directory/inner'), at('last'));
    symlinkSync('two', at('one'));
    symlinkSync('one', at('two'));
    expect(await locate(at('directory/inner'))).toBe(at('real/inner'));
    expect(await locate(at('last'))).toBe(at('real/inner'));
    expect(await locate('/')).toBe('/');
    await expect(locate(at('one'))).rejects.toMatchObject({ code: 'ELOOP' });
    await expect(locate(at('one/x'))).rejects.toMatchObject({ code: 'ELOOP' });
    await expect(locate(at('none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('is an empty directory, or an empty file', async () => {
    mkdirSync(at('empty'));
    writeFileSync(at('file'), '');
    writeFileSync(at('full'), 'x');
    await requireFree(at('empty'), 'dir');
    await requireFree(at('file'), 'file');
    await expect(requireFree(folder, 'dir')).rejects.toMatchObject({ code: 'ENOTEMPTY' });
    await expect(requireFree(at('file'), 'dir')).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(requireFree(at('empty'), 'file')).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(requireFree(at('full'), 'file')).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(requireFree('/dev/null', 'file')).rejects.toMatchObject({ code: 'EINVAL' });
    await expect(requireFree('/proc', 'dir')).rejects.toMatchObject({ code: 'EBUSY' });
  });
});

describe('a FUSE mount', () => {
  const lacking = whyNoFuse();

  testUnless(lacking, 'is there, is dead when nobody serves it, and is taken away once', async () => {
    const place = at('a,b\\ \n');
    mkdirSync(place);
    const mounted = await mountFuse(place, { name: 'tcp://x/,\\ \n', allowOther: true, readOnly: true });
    expect(mounted).toMatchObject({ mountpoint: place, how: 'mount' });
    const entry = mountAt(readMounts(), place)!;
    expect(entry).toMatchObject({ type: 'fuse.nines', source: 'tcp://x/,\\ \n' });
    await expect(mountFuse(place, { name: 'x' })).rejects.toMatchObject({ code: 'EBUSY' });
    closeSync(mounted.fd);
    expect(await locate(place)).toBe(place);
    expect(await isDead(entry)).toBe(true);
    await mounted.unmount();
    expect(mountsIn(folder)).toEqual([]);
    await mounted.unmount();
  });

  testUnless(lacking, 'goes away although somebody is there, but not what is mounted above it', async () => {
    mkdirSync(at('m'));
    const mounted = await mountFuse(at('m'), { name: 'x' });
    execFileSync('mount', ['-t', 'tmpfs', 'above', at('m')]);
    await expect(mounted.unmount()).rejects.toMatchObject({
      code: 'EBUSY',
      message: expect.stringContaining('above it'),
    });
    execFileSync('umount', [at('m')]);
    closeSync(mounted.fd);
    await mounted.unmount();

    execFileSync('mount', ['-t', 'tmpfs', 'busy', at('m')]);
    const sitter = spawn('sh', ['-c', 'echo; exec sleep 30'], {
      cwd: at('m'),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(sitter.stdout, 'data');
    await prepareUnmount('mount')(mountAt(readMounts(), at('m'))!);
    expect(mountsIn(folder)).toEqual([]);
    sitter.kill();
    await once(sitter, 'close');
  });
});

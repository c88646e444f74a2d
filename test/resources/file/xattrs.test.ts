/** Extended attributes. */
import { mkdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, test } from '@jest/globals';
import { READ } from '../../../src/file/index.ts';
import { getXattr, setXattr, xattr } from '../../../src/host/index.ts';
import { STRANGER, codeOf, exported, folder, opened, r, requestOf, testUnless, walk } from './support.ts';

const path = folder();
const root = exported(path);
writeFileSync(`${path}/file`, '');
mkdirSync(`${path}/dir`);
symlinkSync('file', `${path}/link`);

const lacking = (() => {
  if (xattr.lack) return xattr.lack.reason;
  try {
    setXattr(`${path}/file`, 'user.probe', Buffer.from('x'));
    return undefined;
  } catch (error) {
    return `the file system of ${tmpdir()} keeps none: ${String(error)}`;
  }
})();

const at = async (name: string) => (await walk(root, name)).file.xattrs!;
const bytes = (text: string) => Buffer.from(text);

testUnless(lacking, 'are set, read, listed and removed, of files and directories', async () => {
  for (const name of ['file', 'dir', '']) {
    const of = await at(name);
    await of.set('user.one', bytes('1'), 'any', r);
    await of.set('user.empty', bytes(''), 'create', r);
    await of.set('user.bytes', Buffer.from([0, 255, 10]), 'any', r);
    await of.set('user.caf\udce9', bytes('x'), 'any', r);
    expect(getXattr(`${path}/${name}`, 'user.one')).toEqual(new Uint8Array(bytes('1')));
    expect([...(await of.get('user.bytes', r))]).toEqual([0, 255, 10]);
    expect((await of.get('user.empty', r)).length).toBe(0);
    expect(await of.list(r)).toEqual(
      expect.arrayContaining(['user.one', 'user.empty', 'user.bytes', 'user.caf\udce9']),
    );
    expect(await codeOf(() => of.set('user.one', bytes('2'), 'create', r))).toBe('EEXIST');
    expect(await codeOf(() => of.set('user.two', bytes('2'), 'replace', r))).toBe('ENODATA');
    await of.set('user.one', bytes('22'), 'replace', r);
    expect(String(Buffer.from(await of.get('user.one', r)))).toBe('22');
    await of.remove('user.one', r);
    expect(await codeOf(() => of.get('user.one', r))).toBe('ENODATA');
    expect(await codeOf(() => of.remove('user.one', r))).toBe('ENODATA');
  }
});

testUnless(lacking, 'of a symbolic link are its own: it has none', async () => {
  setXattr(`${path}/file`, 'user.target', bytes('x'));
  const link = await at('link');
  expect(await link.list(r)).toEqual([]);
  expect(await codeOf(() => link.get('user.target', r))).toMatch(/^(ENODATA|EPERM)$/);
  expect(await codeOf(() => link.set('user.x', bytes('x'), 'any', r))).toBe('EPERM');
});

testUnless(lacking, 'are there for a file that is open and has no name', async () => {
  writeFileSync(`${path}/ghost`, '');
  setXattr(`${path}/ghost`, 'user.x', bytes('x'));
  const chan = await opened(root, 'ghost', READ);
  unlinkSync(`${path}/ghost`);
  expect(String(Buffer.from(await chan.file.xattrs!.get('user.x', r)))).toBe('x');
  await chan.close('clunk', r);
});

test('of the kernel and the administrator are neither seen nor set', async () => {
  const of = await at('file');
  for (const name of ['security.capability', 'security.selinux', 'trusted.overlay.opaque', 'nonsense']) {
    expect(await codeOf(() => of.get(name, r))).toBe('ENODATA');
    expect(await codeOf(() => of.set(name, bytes('x'), 'any', r))).toBe('EOPNOTSUPP');
    expect(await codeOf(() => of.remove(name, r))).toBe('EOPNOTSUPP');
  }
  if (xattr.available) {
    for (const name of await of.list(r)) expect(name).toMatch(/^(user|system)\./);
  }
});

test('an access control list is for the owner alone to set', async () => {
  const of = await at('file');
  const by = requestOf(STRANGER);
  expect(await codeOf(() => of.set('system.posix_acl_access', bytes(''), 'any', by))).toBe('EPERM');
  expect(await codeOf(() => of.remove('system.posix_acl_access', by))).toBe('EPERM');
});

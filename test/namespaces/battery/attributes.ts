/** What is known of files, and changed of it. */
import { expect } from '@jest/globals';
import { NEVER } from '../../../src/client/abort.ts';
import { Chan, type Request, type Xattrs } from '../../../src/file/index.ts';
import { GLENDA } from '../users.ts';
import { type Check, type Scene, bytes, fails, withFile } from './check.ts';

export const ATTRIBUTES: Record<string, Check> = {
  'of a file': async ({ root }) => {
    await root.writeFile('f', 'abc');
    const { name, type, size, mode, nlink, uid, gid } = await root.stat('f');
    expect({ name, type, size, mode, nlink, uid, gid }).toEqual({
      name: 'f',
      type: 'file',
      size: 3,
      mode: 0o644,
      nlink: 1,
      uid: 1000,
      gid: 1000,
    });
  },
  'of a directory': async ({ root }) => {
    await root.mkdirAll('d/e');
    const { name, type, mode, nlink, qid } = await root.stat('d');
    expect({ name, type, mode, nlink }).toEqual({ name: 'd', type: 'dir', mode: 0o755, nlink: 3 });
    expect(qid.type).toBe(0x80);
  },
  'of nothing': async ({ root }) => {
    await fails(root.stat('f'), 'ENOENT');
    await fails(root.stat('d/f'), 'ENOENT');
  },
  'of what is below a file': async ({ root }) => {
    await root.writeFile('f', '');
    await fails(root.stat('f/g'), 'ENOTDIR');
  },
  'files have different qids, and keep them': async ({ root }) => {
    await root.writeFile('f', '');
    await root.writeFile('g', '');
    const before = (await root.stat('f')).qid.path;
    expect((await root.stat('g')).qid.path).not.toBe(before);
    await root.rename('f', 'h');
    expect((await root.stat('h')).qid.path).toBe(before);
  },
  'the mode is changed': async ({ root }) => {
    await root.writeFile('f', '');
    await root.change('f', { mode: 0o4751 });
    expect((await root.stat('f')).mode).toBe(0o4751);
  },
  'the size is changed': async ({ root }) => {
    await root.writeFile('f', 'abcdef');
    await root.change('f', { size: 3 });
    expect(await root.readText('f')).toBe('abc');
    await root.change('f', { size: 5 });
    expect(await root.readFile('f')).toEqual(bytes('abc\0\0'));
  },
  'the size of an open file is changed': async ({ root }) => {
    await root.writeFile('f', 'abcdef');
    await using file = await withFile(root, 'f', 'r+');
    await file.change('', { size: 1 });
    expect((await file.stat()).size).toBe(1);
  },
  'times are changed': async ({ root }) => {
    await root.writeFile('f', '');
    await root.change('f', { atime: { sec: 1000, nsec: 5 }, mtime: { sec: 2000, nsec: 7 } });
    const { atime, mtime } = await root.stat('f');
    expect([atime, mtime]).toEqual([
      { sec: 1000, nsec: 5 },
      { sec: 2000, nsec: 7 },
    ]);
  },
  'the time is set to now': async ({ root }) => {
    await root.writeFile('f', '');
    await root.change('f', { mtime: { sec: 2000, nsec: 0 } });
    await root.change('f', { mtime: 'now' });
    expect((await root.stat('f')).mtime.sec).toBeGreaterThan(1_000_000_000);
  },
  'a write changes mtime and size': async ({ root }) => {
    await root.writeFile('f', '');
    await root.change('f', { mtime: { sec: 2000, nsec: 0 } });
    await root.writeFile('f', 'abc');
    const { mtime, size } = await root.stat('f');
    expect(mtime.sec).toBeGreaterThan(2000);
    expect(size).toBe(3);
  },
  'a directory has no size to be changed': async ({ root }) => {
    await root.mkdir('d');
    await fails(root.change('d', { size: 1 }), 'EISDIR');
  },
  'an open file tells its own': async ({ root }) => {
    await root.writeFile('f', 'ab');
    await using file = await withFile(root, 'f', 'r');
    expect((await file.stat()).size).toBe(2);
  },
};

const AS_GLENDA: Request = { user: GLENDA, aname: '', signal: NEVER };

/** Works with the extended attributes of a file in the root. */
async function withXattrs(
  { root, file }: Scene,
  name: string,
  work: (xattrs: Xattrs) => Promise<void>,
): Promise<void> {
  await root.writeFile(name, '');
  const top = Chan.attach(file, { borrowed: true });
  const { chan } = await top.walk([name], AS_GLENDA);
  await work(await chan!.xattrs('write', AS_GLENDA));
  await chan!.close('clunk', AS_GLENDA);
}

export const XATTRS: Record<string, Check> = {
  'are set, listed, read and removed': (scene) =>
    withXattrs(scene, 'f', async (xattrs) => {
      await xattrs.set('user.a', bytes('one'), 'any', AS_GLENDA);
      await xattrs.set('user.b', bytes('two'), 'create', AS_GLENDA);
      expect((await xattrs.list(AS_GLENDA)).toSorted()).toEqual(['user.a', 'user.b']);
      expect(await xattrs.get('user.b', AS_GLENDA)).toEqual(bytes('two'));
      await xattrs.remove('user.b', AS_GLENDA);
      expect(await xattrs.list(AS_GLENDA)).toEqual(['user.a']);
    }),
  'that are not there': (scene) =>
    withXattrs(scene, 'f', async (xattrs) => {
      await fails((async () => xattrs.get('user.x', AS_GLENDA))(), 'ENODATA');
      await fails((async () => xattrs.remove('user.x', AS_GLENDA))(), 'ENODATA');
      await fails((async () => xattrs.set('user.x', bytes('1'), 'replace', AS_GLENDA))(), 'ENODATA');
    }),
  'that are there already': (scene) =>
    withXattrs(scene, 'f', async (xattrs) => {
      await xattrs.set('user.a', bytes('1'), 'any', AS_GLENDA);
      await fails((async () => xattrs.set('user.a', bytes('2'), 'create', AS_GLENDA))(), 'EEXIST');
    }),
};

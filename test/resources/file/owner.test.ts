/** Who owns what is made, and who may change that: the map option, and a tree that is read only. */
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Chan, READ, READ_WRITE, REWRITE, WRITE, type User } from '../../../src/file/index.ts';
import { setXattr, xattr } from '../../../src/host/index.ts';
import { hostDirectory } from '../../../src/resources/file/index.ts';
import {
  STRANGER,
  codeOf,
  content,
  exported,
  folder,
  isRoot,
  names,
  needsRoot,
  opened,
  put,
  r,
  requestOf,
  testUnless,
  walk,
} from './support.ts';

const path = folder();
const shared = `${path}/shared`;
mkdirSync(shared);
chmodSync(path, 0o755);
chmodSync(shared, 0o777);

const DIR = { mode: 0o755 };
const LINK = { mode: 0o777 };
const stranger = requestOf(STRANGER);
const superuser = requestOf({ name: 'root', uid: 0, gid: 0 });
const { uid, gid } = statSync(path);

const ownerOf = (name: string) => {
  const { uid, gid } = lstatSync(`${shared}/${name}`);
  return { uid, gid };
};
const modeOf = (name: string) => statSync(`${shared}/${name}`).mode & 0o7777;

describe('map=auto', () => {
  const root = exported(shared, { map: 'auto' });
  const unknown = requestOf({ name: 'nobody-of-that-name' });

  testUnless(needsRoot, 'for root, it is as for root', async () => {
    await put(root, 'auto', 'x', 0o644, stranger);
    expect(ownerOf('auto').uid).toBe(STRANGER.uid);
    await (await walk(root, 'auto')).change({ uid: 54321, gid: 54321 }, superuser);
    expect(ownerOf('auto')).toEqual({ uid: 54321, gid: 54321 });
    expect(await codeOf(async () => (await walk(root, 'auto')).change({ uid: 1 }, stranger))).toBe('EPERM');
    const device = { type: 'char', mode: 0o600, major: 1, minor: 3 } as const;
    await root.mknod('autoDevice', device, superuser);
    expect(await codeOf(() => root.mknod('autoOther', device, stranger))).toBe('EPERM');
    await put(root, 'autoUnknown', 'x', 0o644, unknown);
    expect(ownerOf('autoUnknown')).toEqual({ uid, gid });
  });

  testUnless(isRoot ? 'this is root' : undefined, 'for others, it is as none', async () => {
    await put(root, 'auto', 'x', 0o644, stranger);
    expect(ownerOf('auto')).toEqual({ uid, gid });
    expect(await codeOf(async () => (await walk(root, 'auto')).change({ uid: 1 }, superuser))).toBe('EPERM');
  });
});

describe('map=none', () => {
  const root = exported(shared);

  test('new files belong to the user of the server, whoever makes them', async () => {
    await put(root, 'none', 'x', 0o644, stranger);
    await root.mkdir('noneDir', { ...DIR, gid: 54321 }, stranger);
    await root.symlink('noneLink', 'x', LINK, stranger);
    for (const name of ['none', 'noneDir', 'noneLink']) expect(ownerOf(name)).toEqual({ uid, gid });
  });

  test('owners cannot be changed, by anybody', async () => {
    await put(root, 'owned');
    const chan = await walk(root, 'owned');
    for (const by of [r, superuser]) {
      for (const change of [{ uid: 54321 }, { gid: 54321 }, { uid: 54321, gid: 54321, mode: 0o600 }]) {
        expect(await codeOf(() => chan.change(change, by))).toBe('EPERM');
      }
      await chan.change({ uid, gid, mode: 0o644 }, by);
    }
    expect(ownerOf('owned')).toEqual({ uid, gid });
  });

  test('nobody is lent the rights of the user of the server', async () => {
    await put(root, 'setuid', '', 0o6755, stranger);
    expect(modeOf('setuid')).toBe(0o755);
    await put(root, 'setuidMine', '', 0o6755);
    expect(modeOf('setuidMine')).toBe(0o6755);
    await root.mkdir('setgidDir', { mode: 0o2775 }, stranger);
    expect(modeOf('setgidDir')).toBe(0o2775);
    await root.mknod('setuidFifo', { type: 'fifo', mode: 0o6600, major: 0, minor: 0 }, stranger);
    expect(modeOf('setuidFifo')).toBe(0o600);
  });

  test('the permission bits count', async () => {
    await put(root, 'private', 'secret', 0o600);
    expect(await codeOf(() => content(root, 'private', stranger))).toBe('EACCES');
    await root.mkdir('closed', { mode: 0o700 }, r);
    expect(await codeOf(() => walk(root, 'closed/x', stranger))).toBe('EACCES');
  });

  test('in a directory with the setgid bit a new one has it too, and its group', async () => {
    mkdirSync(`${shared}/team`);
    if (isRoot) chownSync(`${shared}/team`, 0, 54321);
    chmodSync(`${shared}/team`, 0o2775);
    const group = statSync(`${shared}/team`).gid;
    const team = await walk(root, 'team');
    await team.mkdir('inner', { mode: 0o750 }, r);
    await put(team, 'file', '', 0o640);
    expect(modeOf('team/inner')).toBe(0o2750);
    expect(ownerOf('team/inner').gid).toBe(group);
    expect(modeOf('team/file')).toBe(0o640);
    expect(ownerOf('team/file').gid).toBe(group);
  });

  testUnless(
    xattr.lack?.reason ?? withoutLists(),
    'a default access control list decides, and no umask',
    async () => {
      const acl = await walk(root, 'acl');
      const before = process.umask(0o077);
      try {
        await put(acl, 'listed', '', 0o664);
      } finally {
        process.umask(before);
      }
      expect(modeOf('acl/listed')).toBe(0o640);
    },
  );
});

/** A directory whose new files have rw- r-- ---; or why there can be none. */
function withoutLists(): string | undefined {
  mkdirSync(`${shared}/acl`);
  // Version 2, then tag[2] perm[2] id[4]: the owner, the group, the others.
  const list = Buffer.alloc(28);
  list.writeUInt32LE(2);
  for (const [i, [tag, permissions]] of [
    [0x01, 6],
    [0x04, 4],
    [0x20, 0],
  ].entries()) {
    list.writeUInt16LE(tag, 4 + 8 * i);
    list.writeUInt16LE(permissions, 6 + 8 * i);
    list.writeUInt32LE(0xffffffff, 8 + 8 * i);
  }
  try {
    setXattr(`${shared}/acl`, 'system.posix_acl_default', list);
    return undefined;
  } catch (error) {
    return `this file system has no access control lists: ${String(error)}`;
  }
}

describe('map=squash', () => {
  const root = exported(shared, { map: 'squash' });

  test('everybody acts as the user of the server', async () => {
    await put(root, 'squashed', 'x', 0o600, stranger);
    expect(ownerOf('squashed')).toEqual({ uid, gid });
    expect(await content(root, 'squashed', stranger)).toBe('x');
    const chan = await walk(root, 'squashed', stranger);
    await chan.change({ mode: 0o640 }, stranger);
    expect(modeOf('squashed')).toBe(0o640);
    await root.unlink('squashed', 'file', stranger);
  });

  test('a change of owner succeeds, and changes nothing', async () => {
    await put(root, 'ignored', 'content', 0o600, stranger);
    const chan = await walk(root, 'ignored', stranger);
    await chan.change({ uid: 54321, gid: 54321, size: 3 }, stranger);
    await chan.change({ owner: 'nobody-of-that-name', group: 'nor-a-group' }, stranger);
    expect(ownerOf('ignored')).toEqual({ uid, gid });
    expect(statSync(`${shared}/ignored`).size).toBe(3);
  });
});

describe('map=passthrough', () => {
  testUnless(isRoot ? 'this is root' : undefined, 'needs root', async () => {
    expect(await codeOf(() => hostDirectory(shared, { map: 'passthrough' }))).toBe('EPERM');
  });

  const root = isRoot ? exported(shared, { map: 'passthrough', allowDevices: true }) : exported(shared);

  testUnless(needsRoot, 'new files belong to whoever makes them', async () => {
    await put(root, 'pass', 'x', 0o644, stranger);
    await root.mkdir('passDir', DIR, stranger);
    await root.symlink('passLink', 'x', LINK, stranger);
    await root.mknod('passFifo', { type: 'fifo', mode: 0o600, major: 0, minor: 0 }, stranger);
    for (const name of ['pass', 'passDir', 'passLink', 'passFifo']) {
      expect(ownerOf(name)).toEqual({ uid: 54321, gid: 54321 });
    }
    const again = await opened(root, 'pass', READ_WRITE, stranger);
    await again.change({ mode: 0o4755 }, stranger);
    expect(modeOf('pass')).toBe(0o4755);
    await again.close('clunk', r);
  });

  testUnless(needsRoot, 'the group is the wished one, of those that the user is in', async () => {
    const member = requestOf({ ...STRANGER, gids: [54321, 54322] });
    const group = async (name: string, wish: number, by = member) => {
      await root.mkdir(name, { ...DIR, gid: wish }, by);
      return ownerOf(name).gid;
    };
    expect(await group('wished', 54322)).toBe(54322);
    expect(await group('foreign', 0)).toBe(54321);
    expect(await group('root', 54399, superuser)).toBe(54399);
    mkdirSync(`${shared}/setgid`);
    chownSync(`${shared}/setgid`, 0, 54330);
    chmodSync(`${shared}/setgid`, 0o2777);
    await put(await walk(root, 'setgid'), 'x', '', 0o644, member);
    expect(ownerOf('setgid/x')).toEqual({ uid: 54321, gid: 54330 });
  });

  testUnless(needsRoot, 'nobody is lent the rights of a group of others', async () => {
    await put(root, 'lent', '', 0o6755, stranger);
    expect(modeOf('lent')).toBe(0o6755);
    const team = await walk(root, 'setgid');
    await put(team, 'lent', '', 0o6755, stranger);
    expect(modeOf('setgid/lent')).toBe(0o4755);
    await (await walk(team, 'lent')).change({ mode: 0o2755 }, stranger);
    expect(modeOf('setgid/lent')).toBe(0o755);
  });

  testUnless(needsRoot, 'owners can be changed by root, and the mode with them', async () => {
    await put(root, 'given', 'x', 0o644, superuser);
    const chan = await walk(root, 'given');
    expect(await codeOf(() => chan.change({ uid: 54321 }, stranger))).toBe('EPERM');
    await chan.change({ uid: 54321, gid: 54322, mode: 0o4750 }, superuser);
    expect(ownerOf('given')).toEqual({ uid: 54321, gid: 54322 });
    expect(modeOf('given')).toBe(0o4750);
    await chan.change({ group: '54323' }, superuser);
    expect(ownerOf('given')).toEqual({ uid: 54321, gid: 54323 });
    // And back, if what follows fails.
    await chan.change({ mode: 0o4755 }, superuser);
    const failing = { uid: 0, gid: 0, mode: 0o600, mtime: { sec: 1, nsec: 2_000_000_000 } };
    expect(await codeOf(() => chan.change(failing, superuser))).toBe('EINVAL');
    expect(ownerOf('given')).toEqual({ uid: 54321, gid: 54323 });
    expect(modeOf('given')).toBe(0o4755);
    symlinkSync('given', `${shared}/toGiven`);
    await (await walk(root, 'toGiven')).change({ uid: 54325 }, superuser);
    expect(ownerOf('toGiven').uid).toBe(54325);
    expect(ownerOf('given').uid).toBe(54321);
  });

  testUnless(needsRoot, 'a user whom the host does not know makes nothing', async () => {
    const unknown: User = { name: 'nobody-of-that-name' };
    expect(await codeOf(() => put(root, 'unknown', '', 0o644, requestOf(unknown)))).toBe('EPERM');
    expect(await names(root)).not.toContain('unknown');
  });

  testUnless(needsRoot, 'devices are for root alone, though they are allowed', async () => {
    const device = { type: 'char', mode: 0o666, major: 1, minor: 3 } as const;
    expect(await codeOf(() => root.mknod('null', device, stranger))).toBe('EPERM');
    await root.mknod('null', device, superuser);
    expect(lstatSync(`${shared}/null`).isCharacterDevice()).toBe(true);
  });
});

test('a tree that is read only', async () => {
  const inner = `${path}/readonly`;
  mkdirSync(`${inner}/dir`, { recursive: true });
  writeFileSync(`${inner}/file`, 'content');
  symlinkSync('file', `${inner}/link`);
  const state = () => {
    const { mode, size, mtimeMs, ctimeMs, nlink } = lstatSync(`${inner}/file`);
    return { mode, size, mtimeMs, ctimeMs, nlink };
  };
  const before = state();
  for (const map of ['none', 'squash'] as const) {
    const root = hostDirectory(inner, { readOnly: true, map });
    const top = Chan.attach(root, { borrowed: true });
    const file = await walk(top, 'file');
    const open = await opened(top, 'file', READ);
    const value = Buffer.from('x');
    for (const call of [
      () => file.open(WRITE, r),
      () => file.open(REWRITE, r),
      () => put(top, 'new'),
      () => top.mkdir('new', DIR, r),
      () => top.symlink('new', 'x', LINK, r),
      () => top.mknod('new', { type: 'fifo', mode: 0o644, major: 0, minor: 0 }, r),
      () => top.link('new', file, r),
      () => top.unlink('file', 'file', r),
      () => top.unlink('missing', 'any', r),
      () => top.rename('file', top, 'new', true, r),
      () => file.change({ mode: 0o600 }, r),
      () => file.change({ size: 0 }, r),
      () => open.change({ mtime: 'now' }, r),
      () => file.file.xattrs!.set('user.x', value, 'any', r),
      () => file.file.xattrs!.remove('user.x', r),
    ]) {
      expect(await codeOf(call)).toBe('EROFS');
    }
    expect(await content(top, 'file')).toBe('content');
    expect((await names(top)).toSorted()).toEqual(['dir', 'file', 'link']);
    await open.close('clunk', r);
    root.release!();
  }
  expect(state()).toEqual(before);
  expect(readdirSync(inner)).toEqual(['dir', 'file', 'link']);
});

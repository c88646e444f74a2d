/** The blocking calls do what Node's do: the same checks on both, in another thread's tree and in a directory. */
import * as nodeFs from 'node:fs';
import { types } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MCREATE, MREPL } from '../../src/index.ts';
import { SyncNamespace } from '../../src/sync-namespace.ts';
import { folder, peer } from './peer.ts';

type SyncFs = Pick<
  typeof nodeFs,
  | 'accessSync'
  | 'appendFileSync'
  | 'chmodSync'
  | 'chownSync'
  | 'closeSync'
  | 'copyFileSync'
  | 'cpSync'
  | 'existsSync'
  | 'fchmodSync'
  | 'fdatasyncSync'
  | 'fstatSync'
  | 'fsyncSync'
  | 'ftruncateSync'
  | 'futimesSync'
  | 'linkSync'
  | 'lstatSync'
  | 'lutimesSync'
  | 'mkdirSync'
  | 'mkdtempSync'
  | 'openSync'
  | 'readFileSync'
  | 'readSync'
  | 'readdirSync'
  | 'readlinkSync'
  | 'realpathSync'
  | 'renameSync'
  | 'rmSync'
  | 'rmdirSync'
  | 'statSync'
  | 'statfsSync'
  | 'symlinkSync'
  | 'truncateSync'
  | 'unlinkSync'
  | 'utimesSync'
  | 'writeFileSync'
  | 'writeSync'
>;

interface Place extends AsyncDisposable {
  readonly fs: SyncFs;
  readonly base: string;
}

const PLACES: Readonly<Record<string, () => Promise<Place>>> = {
  'node:fs': async () => {
    const { path, [Symbol.dispose]: end } = folder();
    return { fs: nodeFs, base: path, [Symbol.asyncDispose]: async () => end() };
  },
  'a tree in the thread': async () => {
    const world = new SyncNamespace();
    world.mountSync('ram:', '/n/tree', MREPL | MCREATE);
    return {
      fs: world as unknown as SyncFs,
      base: '/n/tree',
      [Symbol.asyncDispose]: () => world.close(),
    };
  },
  'a directory of another process, over TCP': async () => {
    const place = folder();
    const far = await peer(`file:${place.path}`);
    const world = new SyncNamespace();
    world.mountSync(far.address, '/n/tree', MREPL | MCREATE);
    return {
      fs: world as unknown as SyncFs,
      base: '/n/tree',
      async [Symbol.asyncDispose]() {
        await world.close();
        await far.kill();
        place[Symbol.dispose]();
      },
    };
  },
};

function failure(call: () => unknown): object {
  try {
    call();
  } catch (error) {
    expect(types.isNativeError(error)).toBe(true);
    const { name, message } = error as Error;
    return { ...(error as object), name, message };
  }
  throw new Error('it did not fail');
}

const wrong = (value: unknown): never => value as never;

describe.each(Object.entries(PLACES))('%s', (_, begin) => {
  let place: Place;
  let fs: SyncFs;
  let count = 0;
  let base: string;
  const at = (name: string): string => `${base}/${name}`;

  beforeAll(async () => {
    process.umask(0o022);
    place = await begin();
    fs = place.fs;
  });
  afterAll(async () => place[Symbol.asyncDispose]());

  const check = (name: string, work: () => void): void => {
    test(name, () => {
      base = `${place.base}/${count++}`;
      fs.mkdirSync(base);
      fs.mkdirSync(at('d'));
      fs.writeFileSync(at('f'), 'hello');
      fs.symlinkSync('f', at('l'));
      work();
    });
  };

  check('readFileSync, writeFileSync, appendFileSync', () => {
    expect(fs.readFileSync(at('f'))).toEqual(Buffer.from('hello'));
    expect(Buffer.isBuffer(fs.readFileSync(at('f')))).toBe(true);
    expect(fs.readFileSync(at('l'), { encoding: 'utf8' })).toBe('hello');
    fs.writeFileSync(at('new'), Buffer.from('xxbytesxx').subarray(2, 7), { mode: 0o600 });
    fs.appendFileSync(at('new'), ' more');
    expect(fs.readFileSync(at('new'), 'utf8')).toBe('bytes more');
    expect(fs.statSync(at('new')).mode).toBe(0o100600);
    fs.writeFileSync(at('new'), '68656c', 'hex');
    expect(fs.readFileSync(at('new'), 'latin1')).toBe('hel');
  });

  check('what is written stays the caller’s', () => {
    const bytes = Buffer.from('mine');
    fs.writeFileSync(at('new'), bytes);
    expect(bytes.toString()).toBe('mine');
    expect(fs.readFileSync(at('new')).equals(bytes)).toBe(true);
  });

  check('a large file', () => {
    const large = Buffer.from(Array.from({ length: 5_000_003 }, (_, i) => (i * 31) & 0xff));
    fs.writeFileSync(at('large'), large);
    expect(fs.statSync(at('large')).size).toBe(large.length);
    expect(fs.readFileSync(at('large')).equals(large)).toBe(true);
  });

  check('readdirSync', () => {
    expect(fs.readdirSync(at(''))).toEqual(['d', 'f', 'l']);
    const entries = fs.readdirSync(at(''), { withFileTypes: true });
    expect(
      entries.map((entry) => [entry.name, entry.parentPath, entry.isDirectory(), entry.isSymbolicLink()]),
    ).toEqual([
      ['d', at(''), true, false],
      ['f', at(''), false, false],
      ['l', at(''), false, true],
    ]);
    expect(fs.readdirSync(at('d'), { withFileTypes: true })).toEqual([]);
    expect(fs.readdirSync(at(''), 'buffer')).toEqual(['d', 'f', 'l'].map((name) => Buffer.from(name)));
  });

  check('statSync, lstatSync, fstatSync', () => {
    const stat = fs.statSync(at('l'));
    expect([stat.isFile(), stat.size, stat.mode, stat.mtime.getTime() > 0]).toEqual([
      true,
      5,
      0o100644,
      true,
    ]);
    expect(fs.lstatSync(at('l')).isSymbolicLink()).toBe(true);
    const big = fs.statSync(at('f'), { bigint: true });
    expect([big.isFile(), big.size, typeof big.mtimeNs]).toEqual([true, 5n, 'bigint']);
    expect(fs.statSync(at('no'), { throwIfNoEntry: false })).toBe(undefined);
    expect(fs.lstatSync(at('no'), { throwIfNoEntry: false })).toBe(undefined);
    expect(failure(() => fs.lstatSync(at('f/x'), { throwIfNoEntry: false }))).toMatchObject({
      code: 'ENOTDIR',
    });
    const fd = fs.openSync(at('f'), 'r');
    expect(fs.fstatSync(fd).ino).toBe(stat.ino);
    fs.closeSync(fd);
  });

  check('existsSync, accessSync', () => {
    expect(['f', 'd', 'no', 'f/x'].map((name) => fs.existsSync(at(name)))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(fs.existsSync(wrong(undefined))).toBe(false);
    expect(fs.accessSync(at('f'))).toBe(undefined);
  });

  check('mkdirSync, mkdtempSync, rmdirSync, rmSync', () => {
    expect(fs.mkdirSync(at('a/b/c'), { recursive: true })).toBe(at('a'));
    expect(fs.mkdirSync(at('e'))).toBe(undefined);
    fs.rmdirSync(at('e'));
    fs.rmSync(at('a'), { recursive: true });
    fs.rmSync(at('no'), { force: true });
    expect(fs.mkdtempSync(at('tmp-'))).toHaveLength(at('tmp-').length + 6);
    expect(fs.existsSync(at('a'))).toBe(false);
  });

  check('renameSync, unlinkSync, copyFileSync, cpSync', () => {
    fs.renameSync(at('f'), at('g'));
    fs.copyFileSync(at('g'), at('d/h'));
    fs.cpSync(at('d'), at('e'), { recursive: true });
    expect(fs.readFileSync(at('e/h'), 'utf8')).toBe('hello');
    fs.unlinkSync(at('g'));
    expect(fs.readdirSync(at(''))).toEqual(['d', 'e', 'l']);
  });

  check('symlinkSync, linkSync, readlinkSync, realpathSync', () => {
    expect(fs.readlinkSync(at('l'))).toBe('f');
    fs.linkSync(at('f'), at('twin'));
    expect(fs.statSync(at('twin')).nlink).toBe(2);
    expect(fs.realpathSync(at('d/../l'))).toBe(at('f'));
  });

  check('chmodSync, chownSync, utimesSync, truncateSync', () => {
    fs.chmodSync(at('f'), 0o600);
    fs.utimesSync(at('f'), 1, new Date(2000));
    fs.lutimesSync(at('l'), 3, 4);
    const { uid, gid } = fs.statSync(at('f'));
    fs.chownSync(at('f'), uid, gid);
    fs.truncateSync(at('f'), 2);
    fs.utimesSync(at('f'), 1, 2);
    const stat = fs.statSync(at('f'));
    expect([stat.mode & 0o777, stat.mtimeMs, stat.size, fs.lstatSync(at('l')).mtimeMs]).toEqual([
      0o600, 2000, 2, 4000,
    ]);
    expect(fs.statfsSync(at('d')).bsize).toBeGreaterThan(0);
  });

  check('openSync, readSync, writeSync and what there is for open files', () => {
    const fd = fs.openSync(at('new'), 'w+', 0o640);
    expect(fs.writeSync(fd, 'hello ')).toBe(6);
    expect(fs.writeSync(fd, Buffer.from('..world..'), 2, 5)).toBe(5);
    expect(fs.writeSync(fd, 'J', 0)).toBe(1);
    const into = Buffer.alloc(8, '.');
    expect(fs.readSync(fd, into, 1, 5, 0)).toBe(5);
    expect(into.toString()).toBe('.Jello..');
    expect(fs.readSync(fd, into)).toBe(0);
    expect(fs.readSync(fd, into, { position: 6, length: 2 })).toBe(2);
    fs.ftruncateSync(fd, 5);
    fs.fsyncSync(fd);
    fs.fdatasyncSync(fd);
    fs.fchmodSync(fd, 0o600);
    fs.futimesSync(fd, 5, 6);
    expect([fs.fstatSync(fd).size, fs.fstatSync(fd).mtimeMs]).toEqual([5, 6000]);
    fs.closeSync(fd);
    expect(fs.readFileSync(at('new'), 'utf8')).toBe('Jello');
    const closed = { errno: -9, code: 'EBADF', name: 'Error' };
    const said = 'EBADF: bad file descriptor';
    expect(failure(() => fs.readSync(fd, into))).toEqual({
      ...closed,
      syscall: 'read',
      message: `${said}, read`,
    });
    expect(failure(() => fs.closeSync(fd))).toEqual({
      ...closed,
      syscall: 'close',
      message: `${said}, close`,
    });
    expect(failure(() => fs.fstatSync(fd))).toEqual({
      ...closed,
      syscall: 'fstat',
      message: `${said}, fstat`,
    });
  });

  check('a file by its number', () => {
    const fd = fs.openSync(at('f'), 'r+');
    expect(fs.readFileSync(fd, 'utf8')).toBe('hello');
    fs.writeFileSync(fd, '!');
    fs.appendFileSync(fd, '?');
    fs.closeSync(fd);
    expect(fs.readFileSync(at('f'), 'utf8')).toBe('hello!?');
  });

  check('errors', () => {
    expect(failure(() => fs.readFileSync(at('no')))).toEqual({
      name: 'Error',
      errno: -2,
      code: 'ENOENT',
      syscall: 'open',
      path: at('no'),
      message: `ENOENT: no such file or directory, open '${at('no')}'`,
    });
    expect(failure(() => fs.renameSync(at('f'), at('d')))).toEqual({
      name: 'Error',
      errno: -21,
      code: 'EISDIR',
      syscall: 'rename',
      path: at('f'),
      dest: at('d'),
      message: `EISDIR: illegal operation on a directory, rename '${at('f')}' -> '${at('d')}'`,
    });
    expect(failure(() => fs.readFileSync(wrong(true)))).toMatchObject({
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_TYPE',
    });
    expect(failure(() => fs.writeFileSync(at('x'), wrong(5)))).toMatchObject({
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_TYPE',
    });
    expect(failure(() => fs.openSync(at('f'), 'zz'))).toMatchObject({
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_VALUE',
    });
    expect(failure(() => fs.rmSync(at('d')))).toMatchObject({ name: 'SystemError', code: 'ERR_FS_EISDIR' });
  });

  check('paths of all kinds', () => {
    expect(fs.readFileSync(Buffer.from(at('f')), 'utf8')).toBe('hello');
    expect(fs.readFileSync(new URL(`file://${at('f')}`), 'utf8')).toBe('hello');
    const odd = Buffer.concat([Buffer.from(at('d/')), Buffer.of(0xff)]);
    fs.writeFileSync(odd, 'odd');
    expect(fs.readdirSync(at('d'), 'buffer')).toEqual([Buffer.of(0xff)]);
    fs.unlinkSync(odd);
  });
});

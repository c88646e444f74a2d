/** What the `fs` of a namespace does beyond Node's own: mounts, causes, what 9P has not, and life without Buffer. */
import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, test } from '@jest/globals';
import { FidError, RemoteError } from '../../../src/client/index.ts';
import { FileError, dir, text, type User } from '../../../src/file/index.ts';
import { MCREATE, MREPL, newNamespace, ram, serve } from '../../../src/index.ts';
import { namespaceFs, type NamespaceFs } from '../../../src/namespaces/fs/fs.ts';
import { Namespace } from '../../../src/namespaces/index.ts';
import { fails, failure } from './ground.ts';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

function keep<T extends AsyncDisposable>(one: T): T {
  open.push(one);
  return one;
}

/** Two trees in memory, at /n/a and /n/b, the second behind TCP. */
async function twoTrees(): Promise<{ namespace: Namespace; fs: NamespaceFs }> {
  const namespace = keep(newNamespace());
  const serving = keep(await serve('tcp://127.0.0.1:0', ram()));
  await namespace.mount('ram:', '/n/a', MREPL | MCREATE);
  await namespace.mount(serving.address, '/n/b', MREPL | MCREATE);
  return { namespace, fs: namespaceFs(namespace) };
}

describe('mounts', () => {
  test('links lead from tree to tree', async () => {
    const { fs } = await twoTrees();
    await fs.writeFile('/n/b/f', 'in b');
    await fs.symlink('/n/b', '/n/a/absolute');
    await fs.symlink('../b/f', '/n/a/relative');
    expect(await fs.readFile('/n/a/absolute/f', 'utf8')).toBe('in b');
    expect(await fs.readFile('/n/a/relative', 'utf8')).toBe('in b');
    expect(await fs.readdir('/n/a/absolute/../a/absolute')).toEqual(['f']);
    expect(await fs.realpath('/n/a/relative')).toBe('/n/b/f');
    await fs.writeFile('/n/a/relative', 'through');
    expect(await fs.readFile('/n/b/f', 'utf8')).toBe('through');
  });

  test('renaming and linking end where the tree does, copying does not', async () => {
    const { fs } = await twoTrees();
    await fs.mkdir('/n/a/d');
    await fs.writeFile('/n/a/d/f', 'text');
    const both = ['/n/a/d/f', '/n/b/f'] as const;
    for (const call of ['rename', 'link'] as const) {
      const error = await failure(() => fs[call](...both));
      expect(error).toMatchObject({ code: 'EXDEV', errno: -18, syscall: call, path: both[0], dest: both[1] });
      expect(error.message).toBe(
        `EXDEV: cross-device link not permitted, ${call} '${both[0]}' -> '${both[1]}'`,
      );
    }
    await fs.copyFile(...both);
    await fs.cp('/n/a/d', '/n/b/d', { recursive: true });
    expect([await fs.readFile('/n/b/f', 'utf8'), await fs.readdir('/n/b/d')]).toEqual(['text', ['f']]);
  });

  test('two files of two trees are not one', async () => {
    const { fs } = await twoTrees();
    await fs.writeFile('/n/a/f', '');
    await fs.writeFile('/n/b/f', '');
    const [a, b] = [await fs.stat('/n/a/f'), await fs.stat('/n/b/f')];
    expect([a.dev, a.ino]).not.toEqual([b.dev, b.ino]);
    expect(a.dev).toBe((await fs.stat('/n/a')).dev);
  });

  test('what is mounted later is seen, and relative paths follow cd', async () => {
    const { namespace, fs } = await twoTrees();
    await fs.writeFile('/n/a/f', 'here');
    await namespace.bind('/n/a', '/mnt');
    await namespace.cd('/mnt');
    expect(await fs.readFile('f', 'utf8')).toBe('here');
    expect(await fs.readdir('.')).toEqual(['f']);
  });

  test('a union is one directory', async () => {
    const { namespace, fs } = await twoTrees();
    await fs.writeFile('/n/a/x', 'a');
    await fs.writeFile('/n/b/y', 'b');
    await namespace.bind('/n/b', '/n/a', 2);
    expect(await fs.readdir('/n/a')).toEqual(['x', 'y']);
    expect(await fs.readFile('/n/a/y', 'utf8')).toBe('b');
  });
});

describe('errors', () => {
  test('have ours as their cause', async () => {
    const { fs } = await twoTrees();
    const near = await failure(() => fs.readFile('/n/a/no'));
    expect(near.cause).toBeInstanceOf(FileError);
    const far = await failure(() => fs.mkdir('/n/b/x/y'));
    expect([
      far.cause instanceof RemoteError || far.cause instanceof FileError,
      near.cause instanceof FidError,
    ]).toEqual([true, false]);
  });

  test('of a code that Node does not know keep it', async () => {
    const full = { ...text('x'), open: () => Promise.reject(new FileError('EDQUOT')) };
    const fs = namespaceFs(keep(new Namespace({ root: dir({ full }) })));
    const error = await failure(() => fs.readFile('/full'));
    expect(error).toMatchObject({ code: 'EDQUOT', errno: -122, syscall: 'open', path: '/full' });
    expect(error.message).toBe("EDQUOT: the quota is used up, open '/full'");
  });

  test('of a server that does not answer in time are errors of the call', async () => {
    const namespace = keep(newNamespace());
    const serving = keep(await serve('tcp://127.0.0.1:0', ram()));
    await namespace.mount(serving.address, '/n/b', MREPL | MCREATE, { deadline: 300 });
    const fs = namespaceFs(namespace);
    await fs.writeFile('/n/b/f', 'x');
    await serving.close();
    const error = await failure(() => fs.readFile('/n/b/f'));
    expect(error).toMatchObject({ code: 'ECONNREFUSED', errno: -111, syscall: 'open', path: '/n/b/f' });
    expect((error.cause as Error).message).toMatch(
      `the link to ${serving.address} was lost 0 s ago, and cannot be made again`,
    );
    expect((error.cause as Error).message).toContain('(mounted at /n/b)');
  });

  test('permissions are those of the namespace’s user', async () => {
    const user: User = { name: 'glenda', uid: 1000, gid: 1000 };
    const tree = ram({ owner: { name: 'root', uid: 0, gid: 0 } });
    const owner = namespaceFs(keep(new Namespace({ root: tree, user: { name: 'root', uid: 0, gid: 0 } })));
    await owner.mkdir('/d', 0o711);
    await owner.writeFile('/d/f', 'x', { mode: 0o644 });
    await owner.writeFile('/d/secret', 'x', { mode: 0o600 });
    const fs = namespaceFs({ file: () => tree, cwd: '/', user });
    expect(await fs.readFile('/d/f', 'utf8')).toBe('x');
    await fails(() => fs.readFile('/d/secret'), 'EACCES', 'open', '/d/secret');
    await fails(() => fs.readdir('/d'), 'EACCES', 'scandir', '/d');
    await fails(() => fs.writeFile('/d/new', 'x'), 'EACCES', 'open', '/d/new');
    await fails(() => fs.unlink('/d/f'), 'EACCES', 'unlink', '/d/f');
    await fails(() => fs.chmod('/d/f', 0o777), 'EPERM', 'chmod', '/d/f');
    await fails(() => fs.access('/d/f', fs.constants.W_OK), 'EACCES', 'access', '/d/f');
    expect(await fs.access('/d/f', fs.constants.R_OK)).toBe(undefined);
  });

  test('a file that is committed at its end fails at its end', async () => {
    const picky = text('', {
      write: () => {
        throw new FileError('EINVAL', 'not like this');
      },
    });
    const fs = namespaceFs(keep(new Namespace({ root: dir({ picky }) })));
    await fails(() => fs.writeFile('/picky', 'x'), 'EINVAL', 'close');
  });
});

describe('the object', () => {
  test('has itself as its promises, and functions that need no this', async () => {
    const fs = namespaceFs(keep(newNamespace()));
    expect(fs.promises).toBe(fs);
    await fs.writeFile.call(undefined, '/tmp/f', 'x');
    expect(await fs.readFile.call(undefined, '/tmp/f')).toEqual(Buffer.from('x'));
  });

  test('has what node:fs/promises has', async () => {
    const real: object = await import('node:fs/promises');
    const names = Object.keys(real).filter((name) => name !== 'default');
    const fs = namespaceFs(keep(newNamespace()));
    expect(names.filter((name) => !(name in fs))).toEqual([]);
    const { constants } = (await import('node:fs')) as unknown as { constants: Record<string, number> };
    const [ours, theirs] = [fs.constants as Record<string, number>, constants];
    const common = Object.keys(ours).filter((name) => name in theirs);
    expect(common.map((name) => [name, ours[name]])).toEqual(common.map((name) => [name, theirs[name]]));
    expect(common.length).toBeGreaterThan(50);
  });

  test('does not watch, and says why', async () => {
    const fs = namespaceFs(keep(newNamespace()));
    const error = await failure(async () => fs.watch('/tmp'));
    expect(error).toMatchObject({ code: 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM' });
    expect(error.message).toContain('9P');
  });

  test('a stream is read until it is given up', async () => {
    const { stream } = await import('../../../src/file/index.ts');
    const quiet = stream(async function* quiet(signal: AbortSignal) {
      yield 'first';
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    });
    const fs = namespaceFs(keep(new Namespace({ root: dir({ quiet }) })));
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const error = await failure(() => fs.readFile('/quiet', { signal: controller.signal }));
    expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' });
    const file = await fs.open('/quiet');
    const { bytesRead, buffer } = await file.read(Buffer.alloc(100), 0, 100);
    expect(buffer.toString('utf8', 0, bytesRead)).toBe('first');
    await file.close();
  });
});

test('without Buffer there are Uint8Arrays', () => {
  const module = (path: string) => JSON.stringify(new URL(`../../../src/${path}.js`, import.meta.url).href);
  const program = `
    delete globalThis.Buffer;
    const { namespaceFs } = await import(${module('namespaces/fs/fs')});
    const { Namespace } = await import(${module('namespaces/index')});
    const { ram } = await import(${module('resources/ram/index')});
    const fs = namespaceFs(new Namespace({ root: ram() }));
    await fs.writeFile('/f', 'héllo');
    const bytes = await fs.readFile('/f');
    const file = await fs.open('/f');
    const { buffer } = await file.read();
    console.log(JSON.stringify([
      bytes.constructor.name, bytes.length, buffer.constructor.name, await fs.readFile('/f', 'utf8'),
      await fs.readFile('/f', 'hex').catch((error) => error.code),
      (await fs.readdir('/', 'buffer'))[0].constructor.name,
    ]));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual([
    'Uint8Array',
    6,
    'Uint8Array',
    'héllo',
    'ERR_INVALID_ARG_VALUE',
    'Uint8Array',
  ]);
});

/** A member of a union that fails, hangs or is slow does not take the others with it, unless it is asked to. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { Fid } from '../../src/client/index.ts';
import { dial } from '../../src/dial.ts';
import type { File } from '../../src/file/index.ts';
import {
  MAFTER,
  MBEFORE,
  MCREATE,
  MREPL,
  type MountOptions,
  type Namespace,
} from '../../src/namespaces/index.ts';
import { counting, type CountingServer } from './counting.ts';
import { codeOf, failure, list, named, treeOf, world } from './trees.ts';

/** Milliseconds. */
const SHORT = 60;

const servers: CountingServer[] = [];
const rejections: unknown[] = [];
const note = (reason: unknown): void => void rejections.push(reason);

afterEach(async () => {
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
  process.off('unhandledRejection', note);
  expect(rejections.splice(0)).toEqual([]);
});

/** /n/u: first a server, then a tree of this process; new files go into the latter. */
async function union(
  options: MountOptions = {},
): Promise<{ ns: Namespace; server: CountingServer; b: File }> {
  process.on('unhandledRejection', note);
  const server = await counting(await treeOf({ who: 'a', 'only-a': 'a', 'd/f': 'a' }));
  servers.push(server);
  const b = await named('b');
  const ns = world();
  await ns.mount(server.address, '/n/u', MREPL, { deadline: SHORT, ...options });
  await ns.mount(b, '/n/u', MAFTER | MCREATE);
  return { ns, server, b };
}

async function took(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

describe('a member that hangs', () => {
  test('is skipped after its deadline, and status says so', async () => {
    const { ns, server } = await union();
    server.hang();
    const time = await took(async () => expect(await ns.readText('/n/u/who')).toBe('b'));
    expect(time).toBeGreaterThan(SHORT / 2);
    expect(time).toBeLessThan(SHORT * 20);
    const [first, second] = ns.status();
    expect(first).toMatchObject({
      skipped: 1,
      failure: `${server.address} (mounted at /n/u) has not answered within ${SHORT / 1000} s`,
    });
    expect(second).toMatchObject({ skipped: 0, failure: undefined });
    await ns.close();
  });

  test('is left out for a while, and asked again after it', async () => {
    const { ns, server } = await union({ deadline: 500 });
    server.hang();
    expect(await ns.readText('/n/u/who')).toBe('b');
    // Nobody else waits for it.
    const time = await took(async () => {
      for (let i = 0; i < 10; i++) expect(await ns.readText('/n/u/who')).toBe('b');
    });
    expect(time).toBeLessThan(500);
    expect(await list(ns, '/n/u')).not.toContain('only-a');
    expect(ns.status()[0].skipped).toBeGreaterThan(10);
    server.goOn();
    await expect(ns.readText('/n/u/only-a')).rejects.toMatchObject({ code: 'ENOENT' });
    await new Promise((resolve) => setTimeout(resolve, 1600));
    expect(await ns.readText('/n/u/who')).toBe('a');
    expect(ns.status()[0].failure).toBeUndefined();
    await ns.close();
  });

  test('is left out of a listing', async () => {
    const { ns, server } = await union();
    server.hang();
    expect(await list(ns, '/n/u')).toEqual(['who', 'only-b']);
    await ns.close();
  });

  test('in the middle of a listing: what came of it is listed', async () => {
    const { ns, server } = await union();
    const dir = await ns.open('/n/u');
    server.hang();
    const names: string[] = [];
    for await (const { name } of dir.list()) names.push(name);
    expect(names).toEqual(['who', 'only-b']);
    expect(ns.status()[0].skipped).toBeGreaterThan(0);
    server.goOn();
    await dir.close();
    await ns.close();
  });

  test('does not keep files from being made, removed and renamed in another', async () => {
    const { ns, server, b } = await union();
    server.hang();
    await ns.writeFile('/n/u/new', 'new');
    await ns.rename('/n/u/new', '/n/u/newer');
    await ns.remove('/n/u/only-b');
    expect(await list(new Namespaced(b), '')).toEqual(['who', 'newer']);
    await ns.close();
  });

  test('fails the union if its policy is to', async () => {
    const { ns, server } = await union({ policy: 'fail' });
    server.hang();
    const error = await failure(ns.readText('/n/u/only-b'));
    expect(error.code).toBe('ETIMEDOUT');
    expect(error.message).toBe(
      `cannot read /n/u/only-b: ${server.address} (mounted at /n/u) has not answered within ${SHORT / 1000} s`,
    );
    expect(await codeOf(list(ns, '/n/u'))).toBe('ETIMEDOUT');
    expect(ns.status()[0]).toMatchObject({ policy: 'fail', skipped: 0 });
    await ns.close();
  });

  test('alone: paths below it fail, and name the server and the mount', async () => {
    const { ns, server } = await union();
    await ns.unmount('/n/u');
    await ns.mount(server.address, '/n/alone', MREPL, { deadline: SHORT });
    server.hang();
    for (const work of [
      () => ns.stat('/n/alone/d/f'),
      () => ns.stat('/n/alone'),
      () => ns.readText('/n/alone/who'),
      () => ns.mkdir('/n/alone/d/x'),
    ]) {
      const error = await failure(work());
      expect(error.code).toBe('ETIMEDOUT');
      expect(error.message).toContain(`${server.address} (mounted at /n/alone)`);
    }
    await ns.writeFile('/tmp/f', 'the rest goes on');
    await ns.unmount('/n/alone');
    await ns.close();
  });

  test('bound elsewhere: with the same deadline, and the name of the server', async () => {
    const { ns, server } = await union({ policy: 'fail' });
    await ns.bind('/n/u/d', '/mnt');
    server.hang();
    const error = await failure(ns.stat('/mnt/f'));
    expect(error.message).toContain(`${server.address} (mounted at /n/u) has not answered`);
    expect(ns.status().at(-1)).toMatchObject({ verb: 'bind', deadline: SHORT, policy: 'fail' });
    await ns.close();
  });

  test('leaves no fids behind on its server', async () => {
    const { ns, server } = await union();
    server.hang();
    await ns.readText('/n/u/who');
    await list(ns, '/n/u');
    await ns.stat('/n/u');
    server.goOn();
    // What the server says now comes too late; the fids are given back.
    for (let i = 0; i < 100 && server.fids > 1; i++) await new Promise((go) => setTimeout(go, 10));
    expect(server.fids).toBe(1);
    await ns.close();
    for (let i = 0; i < 100 && server.fids > 0; i++) await new Promise((go) => setTimeout(go, 10));
    expect(server.fids).toBe(0);
  });

  test('while it is mounted: the mount fails', async () => {
    process.on('unhandledRejection', note);
    const server = await counting(await named('a'));
    servers.push(server);
    await using ns = world();
    const dialled = await dial(server.address);
    server.hang();
    const error = await failure(ns.mount(dialled, '/n/a', MREPL, { deadline: SHORT }));
    expect(error.code).toBe('ETIMEDOUT');
    expect(ns.mounts).toBe(0);
    server.goOn();
    dialled.release?.();
  });
});

describe('a member whose connection is cut', () => {
  test('is skipped, or had again', async () => {
    const { ns, server } = await union();
    server.cut();
    const text = await ns.readText('/n/u/who');
    expect(['a', 'b']).toContain(text);
    expect(await ns.readText('/n/u/only-b')).toBe('b');
    await ns.close();
  });

  test('is skipped for good if its server is gone', async () => {
    const { ns, server } = await union();
    await server[Symbol.asyncDispose]();
    expect(await ns.readText('/n/u/who')).toBe('b');
    expect(await list(ns, '/n/u')).toEqual(['who', 'only-b']);
    const [status] = ns.status();
    expect(status.skipped).toBeGreaterThan(0);
    expect(status.failure).toContain(new URL(server.address).port);
    await ns.close();
  });

  test('while a listing waits for it', async () => {
    const { ns, server } = await union({ deadline: 500 });
    const dir = await ns.open('/n/u');
    server.hang();
    const listing = (async () => {
      const names: string[] = [];
      for await (const { name } of dir.list()) names.push(name);
      return names;
    })();
    await new Promise((go) => setTimeout(go, 20));
    await server[Symbol.asyncDispose]();
    expect(await listing).toEqual(['who', 'only-b']);
    await dir.close();
    await ns.close();
  });
});

describe('a member that is slow', () => {
  test('is waited for until its deadline', async () => {
    const { ns, server } = await union({ deadline: 2000 });
    server.delay = 30;
    expect(await ns.readText('/n/u/who')).toBe('a');
    expect(await list(ns, '/n/u')).toEqual(['who', 'only-a', 'd', 'only-b']);
    expect(ns.status()[0]).toMatchObject({ skipped: 0, failure: undefined });
    await ns.close();
  });
});

describe('a call that is given up', () => {
  test('between two mounts', async () => {
    const { ns } = await union({ deadline: 2000 });
    const inner = await counting(await named('inner'));
    servers.push(inner);
    await ns.mount(inner.address, '/n/u/d', MREPL);
    const controller = new AbortController();
    const reason = new Error('enough');
    inner.delay = 20;
    inner.reset();
    const walking = ns.readText('/n/u/d/who', { signal: controller.signal });
    while (!inner.types.includes('Twalk')) await new Promise(setImmediate);
    controller.abort(reason);
    await expect(walking).rejects.toBe(reason);
    expect(ns.status().every(({ skipped }) => skipped === 0)).toBe(true);
    await ns.close();
  });

  test('while a member of a union is asked', async () => {
    const { ns, server } = await union({ deadline: 5000 });
    server.hang();
    const controller = new AbortController();
    const reason = new Error('enough');
    const calls = [
      ns.readText('/n/u/who', { signal: controller.signal }),
      ns.stat('/n/u', { signal: controller.signal }),
      ns.create('/n/u/new', { signal: controller.signal }),
      (async () => {
        for await (const _ of ns.list('/n/u', { signal: controller.signal }));
      })(),
    ];
    setTimeout(() => controller.abort(reason), 20);
    for (const call of calls) await expect(call).rejects.toBe(reason);
    expect(ns.status()[0]).toMatchObject({ skipped: 0, failure: undefined });
    server.goOn();
    await ns.close();
  });

  test('before it begins, though another one has begun', async () => {
    const { ns } = await union();
    const signal = AbortSignal.abort(new Error('never'));
    await expect(ns.stat('/n/u/who', { signal })).rejects.toThrow('never');
    await expect(ns.mount(await named('x'), '/n/x', MREPL, { signal })).rejects.toThrow('never');
    expect(ns.mounts).toBe(2);
    await ns.close();
  });

  test('by a time limit of its own', async () => {
    const { ns, server } = await union({ deadline: 5000 });
    server.hang();
    const time = await took(async () =>
      expect(await codeOf(ns.readText('/n/u/who', { timeout: SHORT }))).toBe('ETIMEDOUT'),
    );
    expect(time).toBeLessThan(2000);
    server.goOn();
    await ns.close();
  });
});

test('a file that fails at once is skipped as one that fails later', async () => {
  const broken: File = {
    ...(await named('x')),
    qid: { type: 0x80, version: 0, path: 77n },
    tree: {},
    attr: () => ({ type: 'dir', nature: 'plain', mode: 0o755, size: 0, atime: T, mtime: T }),
    walk: () => {
      throw Object.assign(new Error('broken'), { code: 'EIO' });
    },
    open: () => {
      throw Object.assign(new Error('broken'), { code: 'EIO' });
    },
  };
  await using ns = world();
  await ns.mount(await named('b'), '/n/u');
  await ns.mount(broken, '/n/u', MBEFORE);
  expect(await ns.readText('/n/u/who')).toBe('b');
  expect(await list(ns, '/n/u')).toEqual(['who', 'only-b']);
  expect(ns.status()[1]).toMatchObject({ skipped: 2, failure: 'broken' });
});

const T = { sec: 0, nsec: 0 };

/** A File, to be listed as a namespace is. */
class Namespaced {
  readonly #root: Fid;

  constructor(file: File) {
    this.#root = new Fid(file);
  }

  list(path: string): ReturnType<Fid['list']> {
    return this.#root.list({ path });
  }
}

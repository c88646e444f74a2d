/** A namespace in itself: an error at once; two in each other: an end of each path. */
import { describe, expect, test } from '@jest/globals';
import { MAFTER, type Namespace } from '../../src/namespaces/index.ts';
import { serve } from '../../src/serve.ts';
import { codeOf, failure, list, named, world } from './trees.ts';

async function onTcp(namespace: Namespace): ReturnType<typeof serve> {
  return serve('tcp://127.0.0.1:0', namespace.file());
}

describe('a namespace in itself is refused', () => {
  test('as a File', async () => {
    await using ns = world();
    const error = await failure(ns.mount(ns.file(), '/n/x'));
    expect(error.code).toBe('ELOOP');
    expect(error.message).toBe(
      'cannot mount a tree on /n/x: the tree leads back to this namespace: it would never end',
    );
    expect(ns.mounts).toBe(0);
  });

  test('as a member of a union', async () => {
    await using ns = world();
    await ns.mount(await named('a'), '/n/x');
    expect(await codeOf(ns.mount(ns.file(), '/n/x', MAFTER))).toBe('ELOOP');
  });

  test('as one of its directories, or of its files', async () => {
    await using ns = world();
    await ns.writeFile('/tmp/f', '');
    expect(await codeOf(ns.mount(await ns.fileAt('/n'), '/n/x'))).toBe('ELOOP');
    expect(await codeOf(ns.mount(await ns.fileAt('/tmp/f'), '/tmp/f'))).toBe('ELOOP');
  });

  test('over TCP', async () => {
    await using ns = world();
    await using serving = await onTcp(ns);
    const error = await failure(ns.mount(serving.address, '/n/x'));
    expect(error.code).toBe('ELOOP');
    expect(error.message).toBe(
      `cannot mount ${serving.address} on /n/x: ${serving.address} leads back to this namespace: it would never end`,
    );
    expect(await codeOf(ns.mount(`${serving.address}/n`, '/n/x'))).toBe('ELOOP');
  });

  test('through another namespace', async () => {
    await using one = world();
    await using two = world();
    await two.mount(one.file(), '/n/one');
    expect(await codeOf(one.mount(await two.fileAt('/n/one'), '/n/x'))).toBe('ELOOP');
    await two.mount(one.file(), '/', MAFTER);
    expect(await codeOf(one.mount(two.file(), '/n/x'))).toBe('ELOOP');
  });

  test('through a file of another namespace', async () => {
    await using one = world();
    await using two = world();
    await one.writeFile('/tmp/f', 'x');
    await two.mount(await one.fileAt('/tmp/f'), '/tmp/g');
    expect(await codeOf(one.mount(await two.fileAt('/tmp/g'), '/tmp/f'))).toBe('ELOOP');
    expect(await two.readText('/tmp/g')).toBe('x');
  });

  test('through another server', async () => {
    await using one = world();
    await using two = world();
    await using servingOne = await onTcp(one);
    await two.mount(servingOne.address, '/n/one');
    await using servingTwo = await onTcp(two);
    expect(await codeOf(one.mount(`${servingTwo.address}/n/one`, '/n/x'))).toBe('ELOOP');
    expect(one.mounts).toBe(0);
    two.clear();
  });

  test('but not a fork', async () => {
    await using ns = world();
    await ns.writeFile('/tmp/f', 'x');
    await using fork = ns.fork();
    await fork.mount(ns.file(), '/n/parent');
    expect(await fork.readText('/n/parent/tmp/f')).toBe('x');
  });
});

/** Lists all that is below, until something fails. */
async function listAll(ns: Namespace, path: string): Promise<string | undefined> {
  try {
    for await (const { name, type } of ns.list(path)) {
      const code = type === 'dir' ? await listAll(ns, `${path === '/' ? '' : path}/${name}`) : undefined;
      if (code) return code;
    }
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** A name that makes paths long soon. */
const LONG = 'x'.repeat(250);

describe('two namespaces in each other', () => {
  test('are of use, and paths in them end', async () => {
    await using one = world();
    await using two = world();
    await one.mount(two.file(), `/n/${LONG}`);
    await two.mount(one.file(), `/n/${LONG}`);
    await one.writeFile('/tmp/f', 'one');
    expect(await one.readText(`/n/${LONG}/n/${LONG}/tmp/f`)).toBe('one');
    expect(await listAll(one, '/')).toBe('ENAMETOOLONG');
  });

  test('on directories of their own: no more than 32 deep', async () => {
    await using one = world();
    await using two = world();
    await one.mkdir('/n/2');
    await two.mkdir('/n/1');
    await one.mount(two.file(), '/n/2');
    await two.mount(one.file(), '/n/1');
    expect(await list(one, '/n/2/n/1'.repeat(10))).toContain('tmp');
    expect(await codeOf(one.stat('/n/2/n/1'.repeat(600)))).toBe('ELOOP');
    expect(await listAll(one, '/n')).toBe('ELOOP');
  });

  test('over TCP', async () => {
    await using one = world();
    await using two = world();
    await using servingOne = await onTcp(one);
    await using servingTwo = await onTcp(two);
    const far = `/n/${LONG}/${LONG}/${LONG}`;
    await one.mount(servingTwo.address, far);
    await two.mount(servingOne.address, far);
    await two.writeFile('/tmp/f', 'two');
    expect(await one.readText(`${far}/tmp/f`)).toBe('two');
    expect(await one.readText(`${far}${far}${far}/tmp/f`)).toBe('two');
    expect(await listAll(one, '/n')).toBe('ENAMETOOLONG');
    one.clear();
    two.clear();
  });
});

import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { checkServiceName } from '../../../src/resources/index.ts';
import { Services } from './support.ts';

describe('the name of a service', () => {
  test.each(['a', 'music', 'a.b', 'two words', '#?%', 'música', 'x'.repeat(64), 'é'.repeat(32)])(
    '%j will do',
    (name) => expect(() => checkServiceName(name)).not.toThrow(),
  );

  test.each(['', '.', '..', '.x', 'a/b', '/', 'a\nb', 'a\0b', '\ud800', 'x'.repeat(65), 'é'.repeat(33)])(
    '%j is none',
    (name) => expect(() => checkServiceName(name)).toThrow(expect.objectContaining({ code: 'EINVAL' })),
  );

  test('is looked for only if it is one', async () => {
    await using services = new Services();
    expect(services.posts.find('../x')).toBeUndefined();
    expect(() => services.posts.pathOf('../x')).toThrow('no name of a service');
  });
});

describe('the directory', () => {
  test('only sockets are services', async () => {
    await using services = new Services();
    await services.post('b');
    await services.post('a');
    writeFileSync(join(services.directory, 'file'), '');
    mkdirSync(join(services.directory, 'dir'));
    symlinkSync('a', join(services.directory, 'link'));
    expect(services.posts.all().map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test('one that is gone holds none', async () => {
    await using services = new Services();
    await services.post('a');
    const { posts } = services;
    const post = posts.find('a')!;
    rmSync(services.directory, { recursive: true });
    expect(posts.all()).toEqual([]);
    posts.withdraw(post);
    posts.remove(post);
  });

  test('what a server says of itself stays in one line, and goes with it', async () => {
    await using services = new Services();
    await services.post('a');
    const { posts, directory } = services;
    const post = posts.find('a')!;
    expect(posts.linesOf(post)).toHaveLength(3);
    posts.describe(post, { pid: 12, what: 'file:/srv\nanswers yes\u0007' });
    expect(posts.linesOf(post).slice(3)).toEqual(['pid 12', 'what file:/srv answers yes ']);
    posts.remove(post);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('a name that is another’s by now is left alone', async () => {
    await using services = new Services();
    await services.post('a');
    const { posts } = services;
    const before = posts.find('a')!;
    posts.describe(before, { pid: 1, what: 'before' });
    // The socket lives on as `kept`, so its inode is not used again.
    posts.rename(before, 'kept');
    await services.post('a');
    posts.remove(before);
    expect(posts.all().map(({ name }) => name)).toEqual(['a', 'kept']);
    posts.withdraw(before);
    expect(posts.all().map(({ name }) => name)).toEqual(['a']);
  });

  test('a renamed service keeps what is said of it, and takes no name that is taken', async () => {
    await using services = new Services();
    await services.post('a');
    await services.post('b');
    const { posts, directory } = services;
    posts.describe(posts.find('a')!, { pid: 7, what: 'a tree' });
    expect(() => posts.rename(posts.find('a')!, 'b')).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    posts.rename(posts.find('a')!, 'c');
    expect(posts.linesOf(posts.find('c')!)).toContain('pid 7');
    expect(existsSync(join(directory, 'a'))).toBe(false);
  });
});

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { userName } from '../../../src/host/index.ts';
import { Services, namesIn } from './support.ts';

const me = userName(process.getuid!());

describe('a listing', () => {
  test('has those that are there, and those that hang', async () => {
    await using services = new Services();
    for (const name of ['c', 'a']) await services.post(name);
    await services.post('b', 'no');
    await using tree = services.tree();
    const found: unknown[] = [];
    for await (const { name, type, attr } of tree.list({ stat: true }))
      found.push([name, type, attr?.mode, attr?.owner]);
    expect(found).toEqual([
      ['a', 'file', 0o600, me],
      ['b', 'file', 0o400, me],
      ['c', 'file', 0o600, me],
    ]);
    expect(services.asked.toSorted()).toEqual(['a', 'b', 'c']);
  });

  test('is without those that are gone, and so is the disk', async () => {
    await using services = new Services();
    await services.post('alive');
    await services.post('dead', 'gone');
    services.posts.describe(services.posts.find('dead')!, { pid: 1, what: 'x' });
    await using tree = services.tree();
    expect(await namesIn(tree)).toEqual(['alive']);
    expect(readdirSync(services.directory)).toEqual(['alive']);
  });

  test('goes on where it was, whatever vanishes meanwhile', async () => {
    await using services = new Services();
    for (const name of ['a', 'b', 'c']) await services.post(name);
    await using tree = services.tree();
    const names: string[] = [];
    for await (const { name } of tree.list()) {
      names.push(name);
      if (name === 'a') await tree.remove('a');
    }
    expect(names).toEqual(['a', 'b', 'c']);
    expect(await namesIn(tree)).toEqual(['b', 'c']);
  });
});

describe('a service', () => {
  test('tells of itself', async () => {
    await using services = new Services();
    await services.post('music');
    services.posts.describe(services.posts.find('music')!, { pid: 4711, what: 'file:/srv/music /' });
    await using tree = services.tree();
    const lines = (await tree.readText('music')).split('\n');
    expect(lines).toEqual([
      'kind srv',
      `address unix://${services.directory}/music`,
      `posted-by ${me}`,
      expect.stringMatching(/^since 20\d\d-\d\d-\d\dT[\d:.]+Z$/),
      'pid 4711',
      'what file:/srv/music /',
      'answers yes',
      '',
    ]);
    services.answers.set('music', 'no');
    expect(await tree.readText('music')).toContain('\nanswers no\n');
  });

  test('is the same file however it is found, and has its owner and the time of its posting', async () => {
    await using services = new Services();
    await services.post('music');
    await using tree = services.tree();
    const stat = await tree.stat('music');
    for await (const { qid } of tree.list()) expect(qid).toEqual(stat.qid);
    expect(stat).toMatchObject({ owner: me, type: 'file', nature: 'synthetic', size: 0 });
    expect(Math.abs(stat.mtime.sec - Date.now() / 1000)).toBeLessThan(60);
  });

  test.each(['walked to', 'opened'])(
    'that is gone when it is %s is not there, and vanishes',
    async (when) => {
      await using services = new Services();
      await services.post('music');
      await using tree = services.tree();
      await using fid = when === 'opened' ? await tree.walk('music') : undefined;
      services.answers.delete('music');
      await expect(fid ? fid.open() : tree.walk('music')).rejects.toMatchObject({ code: 'ENOENT' });
      expect(existsSync(join(services.directory, 'music'))).toBe(false);
    },
  );

  test('is removed by its owner, and its server goes on', async () => {
    await using services = new Services();
    await services.post('music');
    await using stranger = services.tree({ name: 'bob', uid: 12345, gid: 12345 });
    for (const refused of [stranger.remove('music'), stranger.readText('music'), namesIn(stranger)])
      await expect(refused).rejects.toMatchObject({ code: 'EACCES' });
    await using tree = services.tree();
    await tree.remove('music');
    expect(await namesIn(tree)).toEqual([]);
    await expect(tree.remove('music')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('is renamed', async () => {
    await using services = new Services();
    await services.post('music');
    await services.post('taken');
    services.answers.set('songs', 'yes');
    await using tree = services.tree();
    await tree.rename('music', 'music');
    await tree.rename('music', 'songs');
    expect(await namesIn(tree)).toEqual(['songs', 'taken']);
    await expect(tree.rename('songs', 'taken')).rejects.toMatchObject({
      code: 'EEXIST',
      message: expect.stringContaining("'taken' is posted already"),
    });
    await expect(tree.rename('songs', '.hidden')).rejects.toMatchObject({ code: 'EINVAL' });
    await expect(tree.rename('nothing', 'x')).rejects.toMatchObject({ code: 'ENOENT' });
    await services.post('dead', 'gone');
    await tree.rename('songs', 'dead');
    expect(readdirSync(services.directory).toSorted()).toEqual(['dead', 'taken']);
  });
});

describe('nothing is created here, and nothing written:', () => {
  test.each(['create', 'write', 'mkdir', 'symlink'] as const)('%s', async (what) => {
    await using services = new Services();
    await services.post('music');
    await using tree = services.tree();
    const attempt = {
      create: () => tree.create('new'),
      write: () => tree.writeFile('music', 'x'),
      mkdir: () => tree.mkdir('new'),
      symlink: () => tree.symlink('new', 'music'),
    }[what];
    await expect(attempt()).rejects.toMatchObject({
      code: 'EPERM',
      message: expect.stringContaining('ns serve --post NAME'),
    });
    expect(readdirSync(services.directory)).toEqual(['music']);
  });
});

/** Several trees as one: mountAll. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Fid, attach } from '../../src/client/index.ts';
import { dir, text, type File } from '../../src/file/index.ts';
import { mountAll } from '../../src/namespaces/index.ts';
import { hostDirectory, ram } from '../../src/resources/index.ts';
import { Server } from '../../src/server/index.ts';
import { pipe } from '../../src/transport/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'nines-mounts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, 'file'), 'host\n');

const far = new Server(dir({ file: text('far\n') }));
afterAll(() => far.close());

function remote(): Promise<File> {
  const [theirs, ours] = pipe();
  far.accept(theirs);
  return attach(ours);
}

async function mounted(): Promise<{ readonly host: File; readonly far: File; readonly root: File }> {
  const host = hostDirectory(folder);
  const far = await remote();
  const root = mountAll([
    { path: '/a/host', file: host },
    { path: '/a/far', file: far },
    { path: '/memory', file: ram() },
  ]);
  return { host, far, root };
}

test('the directories on the way are made', async () => {
  await using root = new Fid((await mounted()).root);
  const names: string[] = [];
  for await (const { name } of root.list({ path: 'a' })) names.push(name);
  expect(names).toEqual(['host', 'far']);
  await expect(root.mkdir('a/new')).rejects.toThrow('cannot mkdir /a/new');
});

test('a tree stays where it is, however often it is walked to and left again', async () => {
  await using root = new Fid((await mounted()).root);
  for (let i = 0; i < 3; i++) {
    expect(await root.readText('a/host/file')).toBe('host\n');
    expect(await root.readText('a/far/file')).toBe('far\n');
    await root.writeFile('memory/file', 'memory\n');
  }
});

test('whoever made the trees releases them, once', async () => {
  const { host, far, root } = await mounted();
  await using fid = new Fid(root);
  await fid.stat('a/host');
  await fid.stat('a/far');
  host.release!();
  far.release!();
  await expect(fid.stat('a/host/file')).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(fid.stat('a/far/file')).rejects.toThrow();
});

describe('refused are', () => {
  const file = text('');
  test.each([
    ['two trees at one path', ['/a', '/a']],
    ['one inside another', ['/a', '/a/b']],
    ['one around another', ['/a/b', '/a']],
    ['one beside a root', ['/', '/a']],
    ['a relative path', ['a']],
    ['a path with ..', ['/a/../b']],
  ])('%s', (_, paths) => {
    expect(() => mountAll(paths.map((path) => ({ path, file })))).toThrow(
      expect.objectContaining({ code: 'EINVAL' }),
    );
  });
});

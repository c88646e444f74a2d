/** isomorphic-git works on a namespace as it does on Node's own `fs`, and what it makes there is what git makes. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as git from 'isomorphic-git';
import http from 'isomorphic-git/http/node';
import { MCREATE, MREPL, newNamespace, ram, serve } from '../../../src/index.ts';
import { namespaceFs, type NamespaceFs } from '../../../src/namespaces/fs/fs.ts';
import { hostDirectory } from '../../../src/resources/index.ts';
import { newFolder } from './worlds.ts';

const PATIENCE = 60_000;
const AUTHOR = { name: 'Glenda', email: 'glenda@example.org', timestamp: 1_000_000_000, timezoneOffset: 0 };

const backend = join(
  spawnSync('git', ['--exec-path'], { encoding: 'utf8' }).stdout?.trim() ?? '',
  'git-http-backend',
);
const hasGit = spawnSync('test', ['-x', backend]).status === 0;
if (!hasGit)
  process.stderr.write('skipped: test/namespaces/fs/git.test: git and its git-http-backend are not here\n');

function run(cwd: string, ...args: readonly string[]): string {
  const env = {
    PATH: process.env.PATH,
    HOME: cwd,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: AUTHOR.name,
    GIT_AUTHOR_EMAIL: AUTHOR.email,
    GIT_COMMITTER_NAME: AUTHOR.name,
    GIT_COMMITTER_EMAIL: AUTHOR.email,
  };
  const { status, stdout, stderr } = spawnSync('git', args, {
    cwd,
    env,
    encoding: 'utf8',
    timeout: PATIENCE,
  });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** A bare repository with three commits, an executable file, a link, a branch and a tag. */
function makeOrigin(folder: string): void {
  const work = join(folder, 'work');
  mkdirSync(work);
  run(work, 'init', '--quiet', '--initial-branch=main');
  writeFileSync(join(work, 'README'), 'a repository\n');
  for (let i = 0; i < 40; i++) {
    mkdirSync(join(work, `dir${i % 4}/sub${i % 3}`), { recursive: true });
    writeFileSync(join(work, `dir${i % 4}/sub${i % 3}/file${i}`), `file ${i}\n`.repeat(i * 20));
  }
  run(work, 'add', '.');
  run(work, 'commit', '--quiet', '-m', 'the first');
  writeFileSync(join(work, 'run.sh'), '#!/bin/sh\n', { mode: 0o755 });
  spawnSync('ln', ['-s', 'README', join(work, 'link')]);
  run(work, 'add', '.');
  run(work, 'commit', '--quiet', '-m', 'the second');
  run(work, 'branch', 'side', 'HEAD~1');
  run(work, 'tag', 'v1');
  run(folder, 'clone', '--quiet', '--bare', 'work', 'origin.git');
  run(join(folder, 'origin.git'), 'config', 'http.receivepack', 'true');
}

/** The program that serves repositories, as CGI (RFC 3875). */
function answer(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url!, 'http://127.0.0.1');
  const child = spawn(backend, [], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      REMOTE_USER: 'glenda',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
    },
  });
  request.pipe(child.stdin);
  let head = Buffer.alloc(0);
  child.stdout.on('data', (bytes: Buffer) => {
    if (response.headersSent) return void response.write(bytes);
    head = Buffer.concat([head, bytes]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const lines = head.toString('utf8', 0, end).split('\r\n');
    const headers = Object.fromEntries(lines.map((line) => line.split(/: */, 2)));
    const { Status: status = '200', ...others } = headers as Record<string, string>;
    response.writeHead(Number.parseInt(status, 10), others);
    response.write(head.subarray(end + 4));
  });
  child.stdout.on('end', () => response.end());
}

interface Tree {
  readonly url: string;
  readonly fs: NamespaceFs;
  /** The whole tree as a folder of this machine. */
  folder(): Promise<string>;
  end(): Promise<void>;
}

/** A tree that is served over TCP, dialled, and mounted in a namespace. */
async function treeOf(kind: 'ram:' | 'file:'): Promise<Tree> {
  const host = newFolder();
  const serving = await serve('tcp://127.0.0.1:0', kind === 'ram:' ? ram() : hostDirectory(host));
  const namespace = newNamespace();
  await namespace.mount(serving.address, '/n/work', MREPL | MCREATE);
  const fs = namespaceFs(namespace);
  return {
    url: serving.address,
    fs,
    async folder() {
      if (kind === 'ram:') await exportTo(fs, '/n/work', host);
      return host;
    },
    async end() {
      await namespace.close();
      await serving.close();
      rmSync(host, { recursive: true, force: true });
    },
  };
}

async function exportTo(fs: NamespaceFs, from: string, to: string): Promise<void> {
  for (const entry of await fs.readdir(from, { withFileTypes: true })) {
    const [source, target] = [`${from}/${entry.name}`, join(to, entry.name)];
    if (entry.isDirectory()) {
      mkdirSync(target);
      await exportTo(fs, source, target);
    } else if (entry.isSymbolicLink()) spawnSync('ln', ['-s', await fs.readlink(source), target]);
    else writeFileSync(target, await fs.readFile(source), { mode: (await fs.stat(source)).mode & 0o777 });
  }
}

(hasGit ? describe : describe.skip).each(['ram:', 'file:'] as const)('on %s over TCP', (kind) => {
  const origin = newFolder();
  const server = createServer((request, response) => answer(origin, request, response));
  let tree: Tree;
  let url: string;
  const dir = '/n/work/clone';

  beforeAll(async () => {
    makeOrigin(origin);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/origin.git`;
    tree = await treeOf(kind);
  }, PATIENCE);

  afterAll(async () => {
    await tree.end();
    await new Promise((resolve) => server.close(resolve));
    rmSync(origin, { recursive: true, force: true });
  });

  test(
    'clone, status, commit, branch, checkout, log, push',
    async () => {
      const { fs } = tree;
      const repo = { fs: { promises: fs }, dir };
      await git.clone({ ...repo, http, url, noTags: false });
      expect(await fs.readFile(`${dir}/README`, 'utf8')).toBe('a repository\n');
      expect(await fs.readlink(`${dir}/link`)).toBe('README');
      expect((await fs.stat(`${dir}/run.sh`)).mode & 0o777).toBe(0o755);
      expect((await fs.readFile(`${dir}/dir3/sub0/file39`)).length).toBe('file 39\n'.length * 780);
      expect((await git.log(repo)).map(({ commit }) => commit.message.trim())).toEqual([
        'the second',
        'the first',
      ]);
      expect(await git.currentBranch(repo)).toBe('main');
      const changed = async () =>
        (await git.statusMatrix(repo)).filter(
          ([, head, work, stage]) => head !== 1 || work !== 1 || stage !== 1,
        );
      expect(await changed()).toEqual([]);

      await fs.writeFile(`${dir}/new`, 'new\n');
      await fs.appendFile(`${dir}/README`, 'and more\n');
      await fs.rm(`${dir}/dir0`, { recursive: true });
      expect(await git.status({ ...repo, filepath: 'new' })).toBe('*added');
      expect(await git.status({ ...repo, filepath: 'README' })).toBe('*modified');
      const removed = (await changed()).filter(([, , work]) => work === 0).map(([path]) => path);
      expect(removed).toHaveLength(10);
      await git.add({ ...repo, filepath: ['new', 'README'] });
      for (const filepath of removed) await git.remove({ ...repo, filepath });
      await git.commit({ ...repo, message: 'the third', author: AUTHOR });
      expect(await changed()).toEqual([]);

      await git.branch({ ...repo, ref: 'topic', checkout: true });
      await fs.writeFile(`${dir}/topic`, 'topic\n');
      await git.add({ ...repo, filepath: 'topic' });
      await git.commit({ ...repo, message: 'on the topic', author: AUTHOR });
      await git.checkout({ ...repo, ref: 'main' });
      await expect(fs.stat(`${dir}/topic`)).rejects.toMatchObject({ code: 'ENOENT' });
      await git.checkout({ ...repo, ref: 'side' });
      await expect(fs.stat(`${dir}/run.sh`)).rejects.toMatchObject({ code: 'ENOENT' });
      await git.checkout({ ...repo, ref: 'topic' });
      expect(await fs.readFile(`${dir}/topic`, 'utf8')).toBe('topic\n');
      await git.push({ ...repo, http, remote: 'origin', ref: 'topic' });
    },
    PATIENCE,
  );

  test(
    'git finds it in order',
    async () => {
      const clone = join(await tree.folder(), 'clone');
      expect(run(clone, 'fsck', '--full', '--strict')).toBe('');
      const log = await git.log({ fs: { promises: tree.fs }, dir });
      expect(run(clone, 'log', '--format=%H %s')).toBe(
        log.map(({ oid, commit }) => `${oid} ${commit.message.trim()}\n`).join(''),
      );
      expect(run(clone, 'log', '--format=%s')).toBe('on the topic\nthe third\nthe second\nthe first\n');
      expect(run(clone, 'status', '--porcelain')).toBe('');
      expect(run(clone, 'branch', '--format=%(refname:short)').split('\n').filter(Boolean)).toEqual(
        expect.arrayContaining(['main', 'side', 'topic']),
      );
      expect(readFileSync(join(clone, 'README'), 'utf8')).toBe('a repository\nand more\n');
      const pushed = run(join(origin, 'origin.git'), 'log', '--format=%s', 'topic');
      expect(pushed).toBe('on the topic\nthe third\nthe second\nthe first\n');
      run(clone, 'checkout', '--quiet', 'main');
      expect(run(clone, 'status', '--porcelain')).toBe('');
    },
    PATIENCE,
  );
});

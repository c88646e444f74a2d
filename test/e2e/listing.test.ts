/** ls, tree, stat. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { symlinkSync } from 'node:fs';
import { World, failure } from './world.ts';

interface Record {
  readonly name: string;
  readonly path: string;
  readonly type: string;
  readonly mode: string;
  readonly size: number;
  readonly owner: string;
  readonly group: string;
  readonly mtime: string;
  readonly qid: { readonly type: number; readonly version: number; readonly path: string };
  readonly target?: string;
}

const world = new World();
let at: string;
let socket: string;

beforeAll(async () => {
  world.file('tree/b', 'hello\n', 0o640);
  world.file('tree/a/deep/file', '');
  world.file('tree/a/z', '12345', 0o755);
  world.file('tree/.hidden', '');
  world.file('tree/odd\nna\x1bme', '');
  symlinkSync('b', world.path('tree/link'));
  symlinkSync('a', world.path('tree/dirlink'));
  symlinkSync('/a/deep/../z', world.path('tree/absolute'));
  symlinkSync('loop', world.path('tree/loop'));
  const listens = ['-l', 'tcp://127.0.0.1:0', '-l', `unix://${world.path('s/ns.sock')}`];
  const server = await world.serve(...listens, '-m', `file:${world.path('tree')} /`);
  [at, socket] = server.addresses;
});
afterAll(() => world[Symbol.asyncDispose]());

const records = (stdout: string): readonly Record[] => JSON.parse(stdout) as Record[];

describe('ls', () => {
  test('prints names in order, raw in a pipe, without those that begin with a dot', async () => {
    const [plain, all] = await Promise.all([world.ns('ls', at), world.ns('ls', '-a', `${at}/`)]);
    const names = 'a\nabsolute\nb\ndirlink\nlink\nloop\nodd\nna\x1bme\n';
    expect(plain).toMatchObject({ status: 0, stdout: names, stderr: '' });
    expect(all).toMatchObject({ status: 0, stdout: `.hidden\n${names}` });
  });

  test('-l has columns that stand below each other', async () => {
    const [dir, file, link] = await Promise.all([
      world.ns('ls', '-l', `${socket}#/a`),
      world.ns('ls', '-l', `${at}/b`),
      world.ns('ls', '-l', `${at}/link`),
    ]);
    const time = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d';
    expect(dir.stdout).toMatch(
      new RegExp(`^drwx\\S{6} (\\S+ \\S+) +\\d+ ${time} deep\n-rwxr-xr-x \\1 +5 ${time} z\n$`),
    );
    expect(file.stdout).toMatch(new RegExp(`^-rw-r----- \\S+ \\S+ 6 ${time} ${at}/b\n$`));
    expect(link.stdout).toMatch(new RegExp(`^lrwxrwxrwx \\S+ \\S+ 1 ${time} ${at}/link -> b\n$`));
  });

  test('links that are named are followed, wherever they stand in a path', async () => {
    const [dir, through, file] = await Promise.all([
      world.ns('ls', `${at}/dirlink`),
      world.ns('ls', `${at}/dirlink/deep`),
      world.ns('cat', `${at}/absolute`),
    ]);
    expect(dir).toMatchObject({ status: 0, stdout: 'deep\nz\n' });
    expect(through).toMatchObject({ status: 0, stdout: 'file\n' });
    expect(file).toMatchObject({ status: 0, stdout: '12345' });
  });

  test('-R and several places have headings', async () => {
    const [recursive, several] = await Promise.all([
      world.ns('ls', '-R', `${at}/a`),
      world.ns('ls', 'tree/a', `${socket}#/a/deep`, `${at}/b`),
    ]);
    expect(recursive.stdout).toBe(`${at}/a:\ndeep\nz\n\n${at}/a/deep:\nfile\n`);
    expect(several.stdout).toBe(`tree/a:\ndeep\nz\n\n${socket}#/a/deep:\nfile\n${at}/b\n`);
  });

  test('--json is one array of objects with everything in them', async () => {
    const [flat, recursive] = await Promise.all([
      world.ns('ls', '--json', '-a', at),
      world.ns('ls', '--json', '-R', `${at}/a`),
    ]);
    const all = records(flat.stdout);
    expect(all.map(({ name }) => name)).toContain('odd\nna\x1bme');
    const b = all.find(({ name }) => name === 'b')!;
    expect(Object.keys(b)).toEqual([
      'name',
      'path',
      'type',
      'mode',
      'size',
      'owner',
      'group',
      'mtime',
      'qid',
    ]);
    expect(b).toMatchObject({ path: '/b', type: 'file', mode: '0640', size: 6, qid: { type: 0 } });
    expect(new Date(b.mtime).toISOString()).toBe(b.mtime);
    expect(b.qid.path).toMatch(/^\d+$/);
    expect(all.find(({ name }) => name === 'link')).toMatchObject({ type: 'symlink', target: 'b' });
    expect(records(recursive.stdout).map(({ path }) => path)).toEqual(['/a/deep', '/a/z', '/a/deep/file']);
  });

  test('what is there is printed, what is not is told, and the exit code says so', async () => {
    const [text, json] = await Promise.all([
      world.ns('ls', `${at}/a`, `${at}/none`),
      world.ns('ls', '--json', `${at}/none`, `${at}/b`),
    ]);
    const line = `ns: cannot list ${at}/none: no such file or directory; check the name (ns ls lists a directory)\n`;
    expect(text).toMatchObject({ status: 1, stdout: `${at}/a:\ndeep\nz\n`, stderr: line });
    expect(json).toMatchObject({ status: 1, stderr: line });
    expect(records(json.stdout).map(({ path }) => path)).toEqual(['/b']);
  });

  test('host paths', async () => {
    const [here, dot, above, absolute] = await Promise.all([
      world.ns('ls', 'tree/a'),
      world.ns('ls', '-a', '.'),
      world.ns('ls', 'tree/a/..'),
      world.ns('ls', `file:${world.path('tree/a')}`),
    ]);
    expect(here.stdout).toBe('deep\nz\n');
    expect(dot.stdout).toContain('tree\n');
    expect(above.stdout).toContain('dirlink\n');
    expect(absolute.stdout).toBe('deep\nz\n');
  });

  test('a loop of links ends', async () => {
    const { status, line } = failure(await world.ns('cat', `${at}/loop`));
    expect(status).toBe(1);
    expect(line).toContain(`cannot read ${at}/loop: a symbolic link where none is followed, or a loop`);
  });
});

test('tree draws what is below, to a depth', async () => {
  const [whole, level, file] = await Promise.all([
    world.ns('tree', `${at}/a`),
    world.ns('tree', '-a', '-L', '1', '--', at),
    world.ns('tree', `${at}/b`),
  ]);
  expect(whole.stdout).toBe(`${at}/a\n├── deep\n│   └── file\n└── z\n\n1 directory, 2 files\n`);
  expect(level.stdout).toMatch(/^tcp.*\n├── \.hidden\n├── a\n├── absolute\n/);
  expect(level.stdout.endsWith('└── odd\nna\x1bme\n\n1 directory, 7 files\n')).toBe(true);
  expect(failure(file)).toEqual({
    status: 1,
    line: `ns: cannot list ${at}/b: not a directory; ns cat prints it`,
  });
});

describe('stat', () => {
  test('prints keys and values', async () => {
    const [several, link] = await Promise.all([
      world.ns('stat', `${at}/b`, `${at}/none`, at),
      world.ns('stat', `${at}/link`),
    ]);
    expect(several.status).toBe(1);
    expect(several.stderr).toMatch(/^ns: cannot stat .*\/none: no such file or directory;.*\n$/);
    const [file, root] = several.stdout.split('\n\n');
    expect(file).toMatch(
      /^path {3}\/b\ntype {3}file\nmode {3}0640 -rw-r-----\nsize {3}6\nowner {2}\S+\ngroup {2}\S+\nlinks {2}1\n/,
    );
    expect(file).toMatch(/\nmtime {2}\d{4}-\d\d-\d\dT[\d:.]+Z\n[^]*\nqid {4}type 0x00 version \d+ path \d+$/);
    expect(root).toMatch(/^path {3}\/\ntype {3}dir\n/);
    expect(link.stdout).toContain('type   symlink\ntarget b\n');
  });

  test('--json has the same objects as ls', async () => {
    const [stat, ls] = await Promise.all([
      world.ns('stat', '--json', `${at}/b`, `${at}/link`),
      world.ns('ls', '--json', '-l', `${at}/b`, `${at}/link`),
    ]);
    expect(records(stat.stdout)).toEqual(records(ls.stdout));
    expect(stat.status).toBe(0);
  });
});

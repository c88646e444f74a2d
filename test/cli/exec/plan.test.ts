/** How the root of a world is put together of a machine's tree and a namespace's. */
import { expect, test } from '@jest/globals';
import { bareChoices, joinedChoices, type Parts } from '../../../src/cli/exec/choices.ts';
import { plan } from '../../../src/cli/exec/plan.ts';
import type { Kind, Tree } from '../../../src/cli/exec/tree.ts';

/** A tree of paths; what ends in '/' is a directory, and `LINK > TARGET` a link. */
function treeOf(at: string, ...paths: readonly string[]): Tree {
  const kinds = new Map<string, Kind>([['/', 'dir']]);
  for (const path of paths) {
    const [name, link] = path.split(' > ');
    kinds.set(name.replace(/\/$/, ''), link !== undefined ? { link } : name.endsWith('/') ? 'dir' : 'file');
  }
  const below = (path: string): [string, Kind][] => {
    const prefix = path === '/' ? '/' : `${path}/`;
    const entries = [...kinds].filter(([one]) => one !== '/' && one.startsWith(prefix));
    const names = entries.map(([one, kind]): [string, Kind] => [one.slice(prefix.length), kind]);
    return names.filter(([name]) => !name.includes('/'));
  };
  return {
    at: (path) => `${at}${path}`,
    look: async (path) => kinds.get(path),
    list: async (path) => new Map(below(path)),
    resolve: async (path) => {
      const kind = kinds.get(path);
      return typeof kind === 'object' ? `/${kind.link}` : path;
    },
  };
}

const HOST = treeOf(
  'host:', '/bin > usr/bin', '/dev/', '/dev/null', '/dev/fd > /proc/self/fd', '/dev/pts/', '/dev/pts/3', '/etc/',
  '/etc/passwd', '/proc/', '/tmp/', '/usr/', '/usr/bin/', '/usr/bin/ls', '/usr/lib/',
); // prettier-ignore

interface Given {
  readonly namespace: Tree;
  readonly mountPoints?: readonly string[];
  readonly keep?: readonly string[];
  readonly terminals?: readonly string[];
}

/** The steps as lines, and what there was to be said. */
async function stepsOf(how: 'joined' | 'bare', given: Given): Promise<readonly string[]> {
  const notes: string[] = [];
  const parts: Parts = {
    host: HOST,
    mountPoints: [],
    keep: [],
    terminals: [],
    ...given,
    note: (text) => notes.push(`note ${text}`),
  };
  const choices = await (how === 'bare' ? bareChoices(parts) : joinedChoices(parts));
  const steps = await plan(how === 'bare' ? given.namespace : HOST, choices, '/p', '/root');
  const lines = steps.map((step) => {
    switch (step.make) {
      case 'bind':
        return `${step.from} on ${step.path}${step.final ? ', final' : ''}`;
      case 'link':
        return `${step.path} -> ${step.target}`;
      default:
        return `${step.make} ${step.path}`;
    }
  });
  return [...lines, ...notes];
}

const HOST_ROOT = [
  '/p/0/bin -> usr/bin',
  'dir /p/0/etc',
  'host:/etc on /p/0/etc',
  'dir /p/0/tmp',
  'host:/tmp on /p/0/tmp',
];

test('a directory of the machine that lacks a name is made anew, with its entries; the others are bound whole', async () => {
  const namespace = treeOf('ns:', '/dev/', '/dev/log', '/n/', '/n/box/', '/tmp/');
  expect(await stepsOf('joined', { namespace, mountPoints: ['/dev/log', '/n/box'] })).toEqual([
    'dir /p/0',
    ...HOST_ROOT,
    'dir /p/0/usr',
    'host:/usr on /p/0/usr',
    'dir /p/0/n',
    'ns:/n on /p/0/n',
    'dir /p/0/dev',
    'dir /p/1',
    'file /p/1/null',
    'host:/dev/null on /p/1/null',
    '/p/1/fd -> /proc/self/fd',
    'dir /p/1/pts',
    'host:/dev/pts on /p/1/pts',
    'file /p/1/log',
    'ns:/dev/log on /p/1/log',
    '/p/1 on /p/0/dev, final',
    'dir /p/0/proc',
    '/p/0 on /root, final',
  ]);
});

test('a mount on a path that the machine has replaces it there', async () => {
  const namespace = treeOf('ns:', '/usr/', '/usr/bin/', '/etc/', '/etc/passwd');
  const steps = await stepsOf('joined', { namespace, mountPoints: ['/usr/bin', '/etc/passwd'] });
  expect(steps.slice(-8)).toEqual([
    'dir /p/0/usr',
    'host:/usr on /p/0/usr',
    'ns:/usr/bin on /p/0/usr/bin',
    'dir /p/0/etc',
    'host:/etc on /p/0/etc',
    'ns:/etc/passwd on /p/0/etc/passwd',
    'dir /p/0/proc',
    '/p/0 on /root, final',
  ]);
});

test('a link of the machine on the way is followed; one at the end is replaced', async () => {
  const namespace = treeOf('ns:', '/bin/', '/bin/foo');
  const below = await stepsOf('joined', { namespace, mountPoints: ['/bin/foo'] });
  expect(below).toContain('/p/0/bin -> usr/bin');
  expect(below).toContain('ns:/bin/foo on /p/1/foo');
  expect(below).toContain('/p/1 on /p/0/usr/bin, final');
  const itself = await stepsOf('joined', { namespace, mountPoints: ['/bin'] });
  expect(itself).toContain('ns:/bin on /p/0/bin');
  expect(itself).not.toContain('/p/0/bin -> usr/bin');
});

test('what is kept is the machine’s: at the path itself, and below what the namespace has', async () => {
  const namespace = treeOf('ns:', '/usr/', '/usr/share/', '/tmp/', '/tmp/x/');
  const options = { namespace, mountPoints: ['/usr', '/tmp/x'], keep: ['/usr/lib', '/tmp'] };
  const steps = await stepsOf('joined', options);
  expect(steps.filter((line) => line.includes('/tmp'))).toEqual(['dir /p/0/tmp', 'host:/tmp on /p/0/tmp']);
  expect(steps.filter((line) => line.includes('/p/1'))).toEqual([
    'dir /p/1',
    'dir /p/1/share',
    'ns:/usr/share on /p/1/share',
    'dir /p/1/lib',
    'host:/usr/lib on /p/1/lib',
    '/p/1 on /p/0/usr, final',
  ]);
  await expect(stepsOf('joined', { ...options, keep: ['/nosuch'] })).rejects.toThrow(
    'cannot keep /nosuch: this machine has no such file; check the name',
  );
});

test('bare: the namespace, with devices and what is kept of the machine', async () => {
  const namespace = treeOf('ns:', '/dev/', '/dev/log', '/home/', '/lib > usr/lib');
  const options = { namespace, keep: ['/usr/lib'], terminals: ['/dev/pts/3'] };
  expect(await stepsOf('bare', options)).toEqual([
    'dir /p/0',
    'dir /p/0/home',
    'ns:/home on /p/0/home',
    '/p/0/lib -> usr/lib',
    'dir /p/0/dev',
    'dir /p/1',
    'file /p/1/log',
    'ns:/dev/log on /p/1/log',
    'file /p/1/null',
    'host:/dev/null on /p/1/null',
    '/p/1/fd -> /proc/self/fd',
    'dir /p/1/pts',
    'dir /p/2',
    'file /p/2/3',
    'host:/dev/pts/3 on /p/2/3',
    '/p/2 on /p/1/pts, final',
    '/p/1 on /p/0/dev, final',
    'dir /p/0/usr',
    'dir /p/3',
    'dir /p/3/lib',
    'host:/usr/lib on /p/3/lib',
    '/p/3 on /p/0/usr, final',
    'dir /p/0/proc',
    '/p/0 on /root, final',
  ]);
});

test('/proc is the kernel’s', async () => {
  const namespace = treeOf('ns:', '/proc/', '/proc/net/');
  const steps = await stepsOf('joined', { namespace, mountPoints: ['/proc/net', '/proc'] });
  expect(steps.filter((line) => line.includes('proc/') || line.includes('/proc on'))).toEqual([]);
  expect(steps).toContain('dir /p/0/proc');
});

test('a mount that does not answer is left out, and said', async () => {
  const namespace = treeOf('ns:', '/dev/');
  const dead: Tree = {
    ...namespace,
    look: async (path) => {
      if (path === '/dev/log') throw new Error('the server is gone');
      return namespace.look(path);
    },
  };
  const steps = await stepsOf('joined', { namespace: dead, mountPoints: ['/dev/log'] });
  expect(steps).toContain('host:/dev on /p/0/dev');
  expect(steps.at(-1)).toBe('note /dev/log is left out: the server is gone');
});

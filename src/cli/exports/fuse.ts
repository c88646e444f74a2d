/** ns export fuse: a tree as a Linux file system. */
import { serveFuse } from '../../gateways/fuse/index.ts';
import { FUSE_TYPE, mountFuse, type Mounted } from '../../gateways/fuse/mount/index.ts';
import { mountFuseNative } from '../../gateways/fuse-native/index.ts';
import { Chan, FileError, type File } from '../../file/index.ts';
import { processUser } from '../../owner.ts';
import type { Gateway, Wanted } from '../gateways.ts';
import { tell } from '../output.ts';
import { exportMount, type Served } from './mounted.ts';
import type { Options } from './options.ts';

const CACHES = ['none', 'auto', 'loose'] as const;
const BACKENDS = ['fuse', 'fuse-native'] as const;

export const fuse: Gateway = {
  options: [
    'ro',
    'allow_other',
    'uid=N',
    'gid=N',
    'umask=OCTAL',
    'cache=none|auto|loose',
    'soft',
    'hard',
    'timeout=SECONDS',
    'debug',
    'backend=fuse|fuse-native',
  ],
  prepare(options) {
    const settings = settingsOf(options);
    const native = options.choice('backend', BACKENDS) === 'fuse-native';
    return (wanted) =>
      exportMount('fuse', wanted, (place, { fd }) =>
        native ? mountNative(place, wanted, settings) : mount(place, fd, wanted, settings),
      );
  },
};

type Settings = ReturnType<typeof settingsOf>;

function settingsOf(options: Options) {
  return {
    readOnly: options.has('ro'),
    allowOther: options.has('allow_other'),
    hard: options.has('hard'),
    ...defined('uid', options.id('uid')),
    ...defined('gid', options.id('gid')),
    ...defined('umask', options.bits('umask')),
    ...defined('cache', options.choice('cache', CACHES)),
    ...defined('timeout', options.milliseconds('timeout')),
    ...(options.has('debug') && { debug: tell }),
  };
}

const defined = <Name extends string, T>(name: Name, value: T | undefined): { readonly [_ in Name]?: T } =>
  value === undefined ? {} : ({ [name]: value } as { readonly [_ in Name]: T });

async function mount(place: string, hold: number, wanted: Wanted, settings: Settings): Promise<Served> {
  const { root, source, log } = wanted;
  const { readOnly, allowOther } = settings;
  const kind = await kindOf(root);
  const mounted = await mountFuse(place, { name: source, kind, readOnly, allowOther, hold });
  return serve(root, mounted, source, { ...settings, user: processUser(), log });
}

/** By libfuse, which does the mounting too. */
async function mountNative(place: string, wanted: Wanted, settings: Settings): Promise<Served> {
  const { root, source, log } = wanted;
  const mounted = await mountFuseNative(root, place, { ...settings, name: source, user: processUser(), log });
  const line = `mounted ${source} on ${mounted.mountpoint} (${FUSE_TYPE}, by fuse-native)`;
  return { line, ended: mounted.closed(), end: () => mounted.unmount() };
}

async function serve(
  root: File,
  mounted: Mounted,
  source: string,
  options: Parameters<typeof serveFuse>[2],
): Promise<Served> {
  const server = serveFuse(root, mounted.fd, options);
  const end = async (): Promise<void> => {
    try {
      await mounted.unmount();
    } finally {
      await server.close();
    }
  };
  try {
    await Promise.race([server.ready(), server.closed().then(tooEarly)]);
  } catch (error) {
    await end();
    throw error;
  }
  return { line: `mounted ${source} on ${mounted.mountpoint} (${FUSE_TYPE})`, ended: server.closed(), end };
}

function tooEarly(cause: Error | undefined): never {
  throw new FileError('EIO', 'it was unmounted before it was ready; try again', cause ? { cause } : {});
}

/** A tree may be a file alone. */
async function kindOf(root: File): Promise<'dir' | 'file'> {
  const chan = Chan.attach(root, { borrowed: true });
  const { type } = await chan.attr({ user: processUser(), aname: '', signal: new AbortController().signal });
  return type === 'dir' ? 'dir' : 'file';
}

/**
 * ns export v9fs: a tree, mounted by the kernel's own client of 9P. It talks to a socket of this process, not to the
 * tree's server: it cannot connect again, and this process can.
 */
import { mountV9fs, requireV9fs, type MountV9fsOptions } from '../../gateways/v9fs/index.ts';
import type { File } from '../../file/index.ts';
import { credentialsOfHost, hostServer } from '../../serve.ts';
import { listen } from '../../transport/index.ts';
import type { Gateway, Wanted } from '../gateways.ts';
import { exportMount, type Served } from './mounted.ts';

const CACHES = ['none', 'mmap', 'loose'] as const;

export const v9fs: Gateway = {
  options: ['ro', 'allow_other', 'cache=none|mmap|loose', 'soft', 'hard', 'timeout=SECONDS'],
  prepare(options) {
    const cache = options.choice('cache', CACHES);
    options.milliseconds('timeout');
    const wish = {
      readOnly: options.has('ro'),
      allowOther: options.has('allow_other'),
      ...(cache !== undefined && { cache }),
    };
    return (wanted) =>
      exportMount('v9fs', wanted, (place, { fd, socket }) =>
        mount(place, wanted, { ...wish, socket, hold: fd }),
      );
  },
};

async function mount(place: string, { root, source, log }: Wanted, wish: MountV9fsOptions): Promise<Served> {
  await requireV9fs(place);
  const proxy = await openProxy(root, wish, log);
  try {
    const mounted = await mountV9fs(place, wish);
    const end = async (): Promise<void> => {
      try {
        await mounted.unmount();
      } finally {
        await proxy.close();
      }
    };
    return { line: `mounted ${source} on ${place} (9p: ${mounted.how})`, ended: proxy.ended, end };
  } catch (error) {
    await proxy.close();
    throw error;
  }
}

/** The tree at a private socket, for one client. */
interface Proxy {
  /** Resolves when the client is gone. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

async function openProxy(
  root: File,
  { socket, readOnly = false }: MountV9fsOptions,
  log: (line: string) => void,
): Promise<Proxy> {
  const server = hostServer(root, { readOnly, log });
  let gone: () => void = () => {};
  const ended = new Promise<void>((resolve) => (gone = resolve));
  const listener = await listen(
    { scheme: 'unix', path: socket, options: new Map() },
    (stream) => server.accept(stream, gone),
    {
      credentials: credentialsOfHost(),
    },
  );
  const close = async (): Promise<void> => {
    await listener.close();
    await server.drain();
  };
  return { ended, close };
}

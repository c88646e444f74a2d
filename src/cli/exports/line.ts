/** The `export` lines of a namespace file: a path of the world that is served, given to a gateway. */
import { Chan, type File } from '../../file/index.ts';
import { namesOf } from '../../namespaces/path.ts';
import { processUser } from '../../owner.ts';
import { gatewayOf } from '../gateways.ts';
import { tell } from '../output.ts';
import { Options } from './options.ts';

/** Begins; what it gives ends the export. */
export type BeginLine = (root: File, hostDirectories: readonly string[]) => Promise<() => Promise<void>>;

/** @throws FileError for a kind that is not known. */
export function exportLine(kind: string, path: string, address: string): BeginLine {
  const load = gatewayOf(kind);
  return async (root, hostDirectories) => {
    const gateway = await load();
    const begin = gateway.prepare(new Options(kind, [], gateway.options));
    const chan = await chanAt(root, path);
    try {
      const log = (line: string): void => tell(`ns: ${line}`);
      const running = await begin({ root: chan.file, source: path, at: address, hostDirectories, log });
      tell(running.line);
      return async () => {
        await running.end();
        await close(chan);
      };
    } catch (error) {
      await close(chan);
      throw error;
    }
  };
}

const request = () => ({ user: processUser(), aname: '', signal: new AbortController().signal });

async function chanAt(root: File, path: string): Promise<Chan> {
  const top = Chan.attach(root, { borrowed: true });
  const { chan, error } = await top.walk(namesOf('/', path), request());
  if (chan) return chan;
  throw error;
}

const close = (chan: Chan): Promise<void> => Promise.resolve(chan.close('clunk', request()));

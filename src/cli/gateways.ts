/** The gateways, by kind: for `ns export`, and for the `export` lines of namespace files. */
import { FileError, type File } from '../file/index.ts';
import type { Options } from './exports/options.ts';

/** What is to be exported, and where. */
export interface Wanted {
  readonly root: File;
  /** What it is, for people. */
  readonly source: string;
  /** A mountpoint, or of other kinds an address: as it was given. */
  readonly at: string;
  /** Directories of this machine that are served by the process behind the tree, perhaps this one. */
  readonly hostDirectories: readonly string[];
  /** Told of what goes wrong while it is served. */
  readonly log: (line: string) => void;
}

/** Something that is being exported. */
export interface Running {
  /** One line for people: what is where. */
  readonly line: string;
  /** Resolves when somebody else has ended it, with what there is to be said of that. */
  readonly ended: Promise<string>;
  end(): Promise<void>;
}

export interface Gateway {
  /** What it can be told by `-o`, each as in its help: `ro`, `uid=N`. */
  readonly options: readonly string[];
  /** Reads the options; what it gives begins. */
  prepare(options: Options): (wanted: Wanted) => Promise<Running>;
}

/** By the KIND; each is loaded when it is named. */
export const gateways = new Map<string, () => Promise<Gateway>>([
  ['fuse', async () => (await import('./exports/fuse.ts')).fuse],
  ['v9fs', async () => (await import('./exports/v9fs.ts')).v9fs],
]);

/** @throws FileError EOPNOTSUPP, with the kinds that there are. */
export function gatewayOf(kind: string): () => Promise<Gateway> {
  const found = gateways.get(kind);
  if (found) return found;
  const known = [...gateways.keys()].join(', ');
  throw new FileError('EOPNOTSUPP', `export: there is no gateway of the kind '${kind}'; known are ${known}`);
}

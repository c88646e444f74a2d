/** From a stream to the root of the tree behind it. */
import type { Stream } from '../transport/stream.ts';
import { unlessAborted } from './abort.ts';
import type { RemoteFile } from './remote/file.ts';
import { openLink, type LinkOptions } from './remote/link.ts';
import { LinuxFile } from './remote/linux-file.ts';
import { Plan9File } from './remote/plan9-file.ts';
import { PATIENCE, type Way } from './remote/recovery.ts';
import { RemoteTree } from './remote/tree.ts';

export interface AttachOptions extends LinkOptions {
  /**
   * Dials the same address again. With it the tree outlives its connection: when that is lost, the next call makes
   * another one. The signal says that the stream is not wanted any more.
   */
  readonly again?: (signal: AbortSignal) => Promise<Stream>;
  /** Milliseconds that a call waits for a lost link to come back; default 10,000. */
  readonly deadline?: number;
}

/**
 * The root of the tree that a 9P server serves at the other end of the stream, or the file at `path` in it. The stream
 * is its own from now on, and ends when it is released; `root.tree.closed()` tells when it has ended.
 *
 * @throws ConnectionError if the server speaks no 9P that we speak, or does not let us in; an error with the code
 * ENOENT if there is no such path.
 */
export async function attach(stream: Stream, options: AttachOptions = {}): Promise<RemoteFile> {
  const link = await openLink(stream, options);
  const { connection, qid, fid } = link;
  const tree = new RemoteTree(connection, wayBack(connection.dialect, options));
  const root = new (connection.dialect === '9P2000.L' ? LinuxFile : Plan9File)(tree, qid, undefined, '/');
  root.hold(fid);
  return root;
}

/** What was spoken is spoken again: the files know no other dialect. */
function wayBack(dialect: RemoteTree['connection']['dialect'], options: AttachOptions): Way | undefined {
  const { again, deadline = PATIENCE } = options;
  if (!again) return undefined;
  const discard = (stream: Stream): void => void stream.close();
  const dial = async (signal: AbortSignal) => {
    const stream = await unlessAborted(signal, () => again(signal), discard);
    return openLink(stream, { ...options, dialects: [dialect], signal });
  };
  return { dial, deadline };
}

/** A Unix socket of the owner's, with a tree behind it. */
import type { File } from '../file/index.ts';
import { credentialsOfHost, hostServer } from '../serve.ts';
import type { Server } from '../server/index.ts';
import { listen } from '../transport/index.ts';
import type { Listener, Stream } from '../transport/stream.ts';
import type { Idle } from './idle.ts';
import { log } from './log.ts';

export class Door {
  readonly #server: Server;
  readonly #listener: Listener;

  private constructor(server: Server, listener: Listener) {
    this.#server = server;
    this.#listener = listener;
  }

  static async open(path: string, tree: File, idle: Idle): Promise<Door> {
    const server = hostServer(tree, { log });
    const accept = (stream: Stream): void => {
      if (isOwner(stream)) server.accept(stream, idle.enter());
      else stream.abort(new Error('this socket is its owner’s alone'));
    };
    const credentials = credentialsOfHost();
    const problem = (error: Error): void => log(error.message);
    const listener = await listen(`unix://${path}`, accept, { credentials, problem });
    return new Door(server, listener);
  }

  /** Takes nobody in any more, answers what runs, and sends everybody away. */
  async close(): Promise<void> {
    await this.#listener.close();
    await this.#server.drain();
  }
}

/** Where the kernel cannot be asked, the modes of the socket and of its directory let nobody else connect. */
function isOwner({ peer }: Stream): boolean {
  return peer.identity !== 'credentials' || peer.uid === process.geteuid?.();
}

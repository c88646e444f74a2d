/** A Unix socket of the owner's, with a tree behind it. */
import type { File } from '../file/index.ts';
import { credentialsOfHost, hostServer } from '../serve.ts';
import type { Server } from '../server/index.ts';
import { listen } from '../transport/index.ts';
import type { Listener, Stream } from '../transport/stream.ts';
import type { Idle } from './idle.ts';
import { log } from './log.ts';

export class Door {
  readonly #idle: Idle;
  #listener: Listener | undefined;
  #server: Server | undefined;
  /** Those who have come before there was anything to be served. */
  #early: Stream[] = [];

  private constructor(idle: Idle) {
    this.#idle = idle;
  }

  /** @throws an error of code EADDRINUSE where another process listens. */
  static async open(path: string, idle: Idle): Promise<Door> {
    const door = new Door(idle);
    door.#listener = await listen(`unix://${path}`, (stream) => door.#accept(stream), {
      credentials: credentialsOfHost(),
      problem: (error) => log(error.message),
    });
    return door;
  }

  /** What is behind it. Until this is said, everybody waits. */
  serve(tree: File): void {
    this.#server = hostServer(tree, { log });
    for (const stream of this.#early.splice(0)) this.#accept(stream);
  }

  /** Takes nobody in any more, answers what runs, and sends everybody away. */
  async close(): Promise<void> {
    await this.#listener?.close();
    await this.#server?.drain();
  }

  #accept(stream: Stream): void {
    if (!isOwner(stream)) stream.abort(new Error('this socket is its owner’s alone'));
    else if (this.#server) this.#server.accept(stream, this.#idle.enter());
    else this.#early.push(stream);
  }
}

/** Where the kernel cannot be asked, the modes of the socket and of its directory let nobody else connect. */
function isOwner({ peer }: Stream): boolean {
  return peer.identity !== 'credentials' || peer.uid === process.geteuid?.();
}

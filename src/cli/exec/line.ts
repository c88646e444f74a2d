/** Messages between two processes over a socket that they share, each a line of JSON. */
import type { Socket } from 'node:net';

export class Line<Out, In> {
  readonly #socket: Socket;
  /** Resolves when the other process is gone. */
  readonly closed: Promise<void>;

  /** @param receive - is told of each message, in their order */
  constructor(socket: Socket, receive: (message: In) => void) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => void socket.once('close', () => resolve()));
    let text = '';
    socket.setEncoding('utf8').on('data', (data: string) => {
      const lines = (text + data).split('\n');
      text = lines.pop()!;
      for (const line of lines) receive(JSON.parse(line) as In);
    });
    // What cannot be said any more is not missed: the end of the other process is noticed anyway.
    socket.on('error', () => undefined);
  }

  /** Resolves when it is on its way. */
  say(message: Out): Promise<void> {
    return new Promise((resolve) => void this.#socket.write(`${JSON.stringify(message)}\n`, () => resolve()));
  }

  close(): void {
    this.#socket.destroy();
  }
}

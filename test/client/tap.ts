/** A stream that somebody listens to: what a client sends, message by message. */
import { Cursor, decode, type Dialect, type TMessage } from '../../src/protocol/index.ts';
import type { Stream } from '../../src/transport/stream.ts';

export class Tap {
  readonly stream: Stream;
  readonly messages: TMessage[] = [];
  writes = 0;
  dialect: Dialect;

  constructor(stream: Stream, dialect: Dialect = '9P2000.L') {
    this.dialect = dialect;
    const tap = (segments: readonly Uint8Array[]): void => this.#note(segments);
    this.stream = {
      peer: stream.peer,
      get queued() {
        return stream.queued;
      },
      start: (receiver) => stream.start(receiver),
      pause: () => stream.pause(),
      resume: () => stream.resume(),
      write(segments, sent) {
        tap(segments);
        stream.write(segments, sent);
      },
      close: () => stream.close(),
      abort: (reason) => stream.abort(reason),
      [Symbol.asyncDispose]: () => stream.close(),
    };
  }

  /** The messages since the last reset, by type. */
  get types(): readonly string[] {
    return this.messages.map(({ type }) => type);
  }

  reset(): void {
    this.messages.length = 0;
    this.writes = 0;
  }

  /** A client writes whole messages. */
  #note(segments: readonly Uint8Array[]): void {
    this.writes++;
    const bytes = new Cursor(Buffer.concat(segments));
    const end = bytes.end;
    while (bytes.at < end) {
      bytes.end = bytes.at + bytes.view.getUint32(bytes.at, true);
      this.messages.push(decode(bytes, this.dialect) as TMessage);
    }
  }
}

/** A place in a buffer: what decoding reads from and encoding writes to. Every read is checked against `end`. */
import { MalformedError } from './malformed.ts';

export class Cursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at = 0;
  end: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.end = bytes.byteLength;
  }

  /** Moves past `count` bytes and says where they begin. */
  take(count: number): number {
    const from = this.at;
    if (count > this.end - from) throw new MalformedError('the message ends within a field');
    this.at = from + count;
    return from;
  }
}

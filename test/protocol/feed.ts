import type { Framer } from '../../src/protocol/index.ts';

/** Gives `bytes` to the framer as a stream would: as many at a time as `chunk` says, and as there is space for. */
export function feed(framer: Framer, bytes: Uint8Array, chunk: () => number = () => Infinity): void {
  for (let from = 0; from < bytes.length;) {
    const space = framer.space();
    const count = Math.min(bytes.length - from, space.length, chunk());
    space.set(bytes.subarray(from, from + count));
    framer.received(count);
    from += count;
  }
}

/** The URL that a WebSocket is opened with. Runs in a browser too. */
import { formatAddress, type Address } from './address.ts';

/** Bytes of one message that we send, at most: a longer segment becomes several. */
export const MESSAGE = 1024 * 1024;

/** The path goes along, for what may stand in front of the server; a server of ours answers on any. */
export function webSocketUrl(address: Address, token: 'with token' | 'without token'): string {
  const options = new Map(address.options);
  if (token === 'without token') options.delete('token');
  return formatAddress({ ...address, path: address.path || '/', options, fragment: undefined });
}

/** For messages: a token is nothing to show. */
export function webSocketName(address: Address): string {
  return formatAddress({ ...address, options: new Map(), fragment: undefined });
}

/** A segment in pieces of the size of a message; none, if it is empty. */
export function messagesOf(segments: readonly Uint8Array[]): Uint8Array[] {
  return segments.flatMap((segment) => {
    if (segment.length <= MESSAGE) return segment.length > 0 ? [segment] : [];
    const count = Math.ceil(segment.length / MESSAGE);
    return Array.from({ length: count }, (_, i) => segment.subarray(i * MESSAGE, (i + 1) * MESSAGE));
  });
}

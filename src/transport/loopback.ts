/** Which addresses stay on this machine, and what may listen on the others. */
import { TransportError } from './errors.ts';

/**
 * Whether a host (a name, or an address without brackets) is this machine and reached by no other. Names are not
 * looked up: only `localhost` and names below it count (RFC 6761); any other is taken for a way in from outside.
 */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  const four = /^(?:::ffff:)?(\d+)\.\d+\.\d+\.\d+$/.exec(name);
  return four ? four[1] === '127' : name === '::1';
}

/**
 * Refuses to listen where other machines can connect and nothing says who they are.
 *
 * @throws TransportError `EPERM`
 */
export function requireLoopback(address: string, host: string, insecure: boolean, instead: string): void {
  if (insecure || isLoopback(host)) return;
  throw new TransportError(
    'EPERM',
    `will not listen on ${address}: other machines could connect; ${instead}, or allow it (--insecure)`,
    address,
  );
}

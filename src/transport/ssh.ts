/** A server on another machine, started through the ssh program, which knows the host, the user and their keys. */
import { formatAddress, type Address } from './address.ts';
import { TransportError } from './errors.ts';
import { run } from './exec.ts';
import type { ConnectOptions } from './options.ts';
import type { Stream } from './stream.ts';

/** `ssh://[user@]host[:port]/DIR` runs `ns serve --stdio -m 'file:/DIR /'` over there. */
export async function connectSsh(address: Address, options: ConnectOptions): Promise<Stream> {
  const name = formatAddress({ ...address, options: new Map(), fragment: undefined });
  const { user, host, port } = address;
  requirePlain(name, 'host', host!);
  if (user !== undefined) requirePlain(name, 'user', user);
  const interactive = options.interactive ?? process.stdin.isTTY;
  const args = [
    '-T',
    '-x',
    '-a',
    '-oClearAllForwardings=yes',
    '-oPermitLocalCommand=no',
    // With nobody there to answer, ssh fails instead of asking for a password or about a host that it does not know.
    ...(interactive ? [] : ['-oBatchMode=yes']),
    ...(port === undefined ? [] : [`-p${port}`]),
    '--',
    user === undefined ? host! : `${user}@${host}`,
    remoteCommand(address.path || '/'),
  ];
  const hints = { ENOENT: 'the ssh program is not there; install OpenSSH (its client)' };
  // Not a group of its own: it asks its questions at our terminal.
  return run({ program: options.ssh ?? 'ssh', args, address: name, group: false, hints }, options);
}

/**
 * The command line for the remote user's shell, whichever that is: the directory is percent-encoded down to
 * characters that no shell takes for anything else (an address is decoded once, so `ns` sees it as it was).
 */
function remoteCommand(directory: string): string {
  const encoded = Array.from(Buffer.from(directory), (byte) => {
    const c = String.fromCharCode(byte);
    return /[A-Za-z0-9/._-]/.test(c) ? c : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  });
  return `ns serve --stdio -m 'file:${encoded.join('')} /'`;
}

/** What starts with '-' would be an option of ssh. */
function requirePlain(address: string, what: string, word: string): void {
  if (/^[^-\s][^\s]*$/.test(word) && !word.includes('\0')) return;
  throw new TransportError(
    'EINVAL',
    `cannot connect to ${address}: '${word}' cannot be the name of a ${what}`,
    address,
  );
}

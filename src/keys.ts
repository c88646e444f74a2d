/** Where the keys of this process's user are, and what `tls:` is told of them. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { dial } from './dial.ts';
import type { Dial } from './namespaces/index.ts';
import { parseAddress } from './transport/address.ts';
import { createKeyFile, readAuthorizedKeys, readKeyFile, readKnownServers } from './transport/key-files.ts';
import type { Identity } from './transport/keys.ts';
import type { ConnectOptions, ListenOptions } from './transport/options.ts';

function configFile(name: string): string {
  const base = process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config');
  return join(base, 'nines', name);
}

/** The private key, mode 0600. */
export const keyFile = (): string => configFile('key');
/** `USER ed25519 BASE64 [comment]`, one line a key that may connect. */
export const authorizedFile = (): string => configFile('authorized_keys');
/** `HOST:PORT ed25519 BASE64`, one line a server that was met. */
export const knownServersFile = (): string => configFile('known_servers');

/** This user's key, made at its first use. */
export async function ownIdentity(): Promise<Identity> {
  try {
    return await readKeyFile(keyFile());
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error;
    return createKeyFile(keyFile());
  }
}

/** For a `tls:` listener. The file of authorized keys is read at each connection: a new line needs no restart. */
export async function tlsListenOptions(): Promise<ListenOptions> {
  return {
    identity: await ownIdentity(),
    authorized: async (key) => (await readAuthorizedKeys(authorizedFile())).get(key),
  };
}

/** For a `tls:` connection: who we are, and whom we know. A server that is new is refused. */
export async function tlsConnectOptions(): Promise<ConnectOptions> {
  return {
    identity: await ownIdentity(),
    knownServer: async (server) => (await readKnownServers(knownServersFile())).get(server),
  };
}

/** A way for namespaces to dial addresses: with keys, where an address asks for them. */
export function dialWithKeys(keys: () => Promise<ConnectOptions>): Dial {
  return async (url, options) => {
    const address = parseAddress(url);
    return dial(address, { ...(address.scheme === 'tls' && (await keys())), ...options });
  };
}

/** Where this user's keys are, and what `tls:` is told of them. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import {
  createKeyFile,
  readAuthorizedKeys,
  readKeyFile,
  readKnownServers,
  rememberServer,
} from '../transport/key-files.ts';
import { fingerprint, type Identity } from '../transport/keys.ts';
import type { ConnectOptions, ListenOptions } from '../transport/options.ts';

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

/** For a `tls:` connection: who we are, whom we know, and whom to ask about a server that is new. */
export async function tlsConnectOptions(): Promise<ConnectOptions> {
  return {
    identity: await ownIdentity(),
    knownServer: async (server) => (await readKnownServers(knownServersFile())).get(server),
    verify: async (server, key) => {
      if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
      const terminal = createInterface({ input: process.stdin, output: process.stderr });
      try {
        const question = `${server} is new. Its key is ${fingerprint(key)}. Trust it from now on? [y/N] `;
        const trusted = /^y(es)?$/i.test((await terminal.question(question)).trim());
        if (trusted) await rememberServer(knownServersFile(), server, key);
        return trusted;
      } finally {
        terminal.close();
      }
    },
  };
}

/** What `tls:` is told of keys where somebody can be asked about a server that is new. */
import { createInterface } from 'node:readline/promises';
import { knownServersFile, tlsConnectOptions } from '../keys.ts';
import { rememberServer } from '../transport/key-files.ts';
import { fingerprint, type PublicKey } from '../transport/keys.ts';
import type { ConnectOptions } from '../transport/options.ts';

/** For a `tls:` connection: who we are, whom we know, and whom to ask about a server that is new. */
export async function tlsAskingOptions(): Promise<ConnectOptions> {
  return { ...(await tlsConnectOptions()), verify: askAndRemember };
}

async function askAndRemember(server: string, key: PublicKey): Promise<boolean> {
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
}

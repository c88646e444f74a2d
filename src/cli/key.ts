/** ns key: the Ed25519 keys by which both sides of `tls:` know each other. */
import type { Command } from 'commander';
import { FileError, codeOf } from '../file/errors.ts';
import { authorizeKey, createKeyFile, readKeyFile } from '../transport/key-files.ts';
import { fingerprint, isPublicKey } from '../transport/keys.ts';
import { UsageError } from './failure.ts';
import { authorizedFile, keyFile } from '../keys.ts';
import { put, tell } from './output.ts';

export function define(key: Command): void {
  key.addHelpText('after', HELP);
  key.command('make').description('make a key; an existing one is never overwritten').action(make);
  key.command('show').description('print the public key and its fingerprint').action(show);
  key
    .command('authorize')
    .description('let the holder of a key connect to tls: servers of this user, as USER')
    .argument('<USER>', 'who the holder acts as')
    .argument('<KEY...>', "'ed25519 BASE64', as ns key show prints it")
    .action(authorize);
}

const HELP = `
The private key is in nines/key in $XDG_CONFIG_HOME (~/.config), those who may connect in nines/authorized_keys, and the
servers that were met in nines/known_servers.

Examples:
  ns key make
  ns key show
  ns key authorize glenda ed25519 BASE64`;

async function make(): Promise<void> {
  const identity = await createKeyFile(keyFile()).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
    throw new FileError('EEXIST', `there is a key in ${keyFile()} already; ns key show prints it`, {
      cause: error,
    });
  });
  await put(`ed25519 ${identity.publicKey}\n`);
  tell(`made ${keyFile()}; fingerprint ${fingerprint(identity.publicKey)}`);
}

async function show(): Promise<void> {
  const { publicKey } = await readKeyFile(keyFile());
  await put(`ed25519 ${publicKey}\n`);
  tell(`fingerprint ${fingerprint(publicKey)}`);
}

async function authorize(user: string, words: readonly string[]): Promise<void> {
  const [algorithm, key, ...comment] = words.flatMap((word) => word.split(/\s+/)).filter(Boolean);
  if (algorithm !== 'ed25519' || key === undefined || !isPublicKey(key)) {
    throw new UsageError(
      "a key is written 'ed25519 BASE64', as 'ns key show' prints it on the other machine",
    );
  }
  if (!/^[^\s#]+$/.test(user)) throw new UsageError(`'${user}' is no user name`);
  await authorizeKey(authorizedFile(), user, key, comment.join(' '));
  tell(`${user} may connect with ${fingerprint(key)}`);
}

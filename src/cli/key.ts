/** ns key: the Ed25519 keys by which both sides of `tls:` know each other. */
import { Command } from 'commander';
import { authorizeKey, createKeyFile, readKeyFile } from '../transport/key-files.ts';
import { fingerprint, isPublicKey } from '../transport/keys.ts';
import { UsageError } from './failure.ts';
import { authorizedFile, keyFile } from './keys.ts';

export function keyCommand(): Command {
  const key = new Command('key')
    .description('make and show this user’s key, and say whose keys may connect')
    .addHelpText('after', EXAMPLES);
  key.command('make').description('make a key; an existing one is never overwritten').action(make);
  key.command('show').description('print the public key and its fingerprint').action(show);
  key
    .command('authorize')
    .description('let the holder of a key connect to tls: servers of this user, as USER')
    .argument('<USER>', 'who the holder acts as')
    .argument('<KEY...>', "'ed25519 BASE64', as ns key show prints it")
    .action(authorize);
  return key;
}

const EXAMPLES = `
Examples:
  ns key make
  ns key show
  ns key authorize glenda ed25519 BASE64`;

async function make(): Promise<void> {
  const identity = await createKeyFile(keyFile());
  process.stdout.write(`ed25519 ${identity.publicKey}\n`);
  process.stderr.write(`made ${keyFile()}; fingerprint ${fingerprint(identity.publicKey)}\n`);
}

async function show(): Promise<void> {
  const { publicKey } = await readKeyFile(keyFile());
  process.stdout.write(`ed25519 ${publicKey}\n`);
  process.stderr.write(`fingerprint ${fingerprint(publicKey)}\n`);
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
  process.stderr.write(`${user} may connect with ${fingerprint(key)}\n`);
}

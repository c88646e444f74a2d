/**
 * A scheme of one's own: `env:` is the environment of this process as a tree. What the program adds to the registry it
 * can dial, and what it dials it can serve.
 *
 *     node dist/examples/env.js 'tcp://127.0.0.1:5640'
 */
// Outside this checkout: from 'nines'.
import { Fid, dial, lookup, schemes, serve, text, type File } from '../src/index.ts';

function variable(name: string): File | undefined {
  const value = process.env[name];
  return value === undefined ? undefined : text(`${value}\n`);
}

/** A file has one identity: the same name gives the same File each time. */
const files = new Map<string, File | undefined>();

function find(name: string): File | undefined {
  if (!files.has(name)) files.set(name, variable(name));
  return files.get(name);
}

schemes.add('env', () =>
  lookup(find, function* () {
    for (const name of Object.keys(process.env)) yield [name, find(name)!];
  }),
);

await using here = new Fid(await dial('env:'));
process.stdout.write(`PATH ${await here.readText('PATH')}`);

const { address } = await serve(process.argv[2] ?? 'tcp://127.0.0.1:5640', await dial('env:'));
process.stdout.write(`serving ${address}\n`);

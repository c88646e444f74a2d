/** The tables of docs/messages.md: each call in them is made, and what it costs is counted. */
import { describe, expect, test } from '@jest/globals';
import { Fid } from '../../src/client/index.ts';
import type { File } from '../../src/file/index.ts';
import { MAFTER, MCREATE } from '../../src/namespaces/index.ts';
import type { Dialect } from '../../src/protocol/index.ts';
import { ram } from '../../src/resources/index.ts';
import { document, tableBelow } from './markdown.ts';
import { Measured, MeasuredNamespace, OWNER, type Cost } from './rounds.ts';

const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (
  ...text: string[]
) => (...values: unknown[]) => Promise<unknown>;

/** Makes the call that a cell of a table shows, an expression or a loop, with these values. */
function make(cell: string, values: Readonly<Record<string, unknown>>): Promise<unknown> {
  const code = cell.replaceAll('`', '');
  const call = new AsyncFunction(...Object.keys(values), code.startsWith('for ') ? code : `return ${code}`);
  return call(...Object.values(values));
}

async function fill(root: Fid): Promise<void> {
  await root.mkdirAll('a/b');
  await root.mkdir('a/dir');
  await root.mkdirAll('d/'.repeat(40));
  await root.mkdir('ten');
  await root.writeFile('a/b/c', 'text\n');
  await root.writeFile('a/empty', '');
  await root.writeFile('a/1m', new Uint8Array(2 ** 20));
  await root.writeFile('a/16m', new Uint8Array(2 ** 24));
  for (let i = 0; i < 10; i++) await root.writeFile(`ten/${i}`, 'text\n');
}

/** `Twalk ×2, Tclunk`: each message once, in the order in which they first appear. */
function show(types: Cost['messages']): string {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, count]) => (count === 1 ? type : `${type} ×${count}`)).join(', ');
}

/** As the tables have it. */
function told({ messages, rounds, error }: Cost): readonly string[] {
  const failed = error === undefined ? '' : `; ${String(error.code)}`;
  return [String(messages.length), String(rounds), `${show(messages)}${failed}`];
}

describe.each<Dialect>(['9P2000.L', '9P2000'])('%s', (dialect) => {
  const rows = tableBelow(document('docs/messages.md'), dialect);
  test.each(rows)('%s', async (call, ...expected) => {
    await using measured = await Measured.of(dialect);
    const { root } = measured;
    await fill(root);
    await using open = await (await root.walk('a/b/c')).open('r+');
    expect(told(await measured.cost(() => make(call, { root, open })))).toEqual(expected);
  });
});

async function member(only: string): Promise<File> {
  const tree = ram();
  const root = new Fid(tree, { user: OWNER });
  await root.mkdirAll('d/e/f/g');
  await root.mkdir('ten');
  await root.mkdir('x');
  await root.writeFile('d/file', 'text\n');
  await root.writeFile('d/e/f/g/file', 'text\n');
  await root.writeFile(only, 'text\n');
  for (let i = 0; i < 10; i++) await root.writeFile(`ten/${i}`, 'text\n');
  return tree;
}

describe('Namespace calls', () => {
  const rows = tableBelow(document('docs/messages.md'), 'Namespace calls');
  test.each(rows)('%s', async (call, ...expected) => {
    await using measured = new MeasuredNamespace({
      'a:': await member('in-a'),
      'b:': await member('in-b'),
      'c:': await member('in-c'),
    });
    const { ns } = measured;
    await ns.mount('a:', '/n/a');
    await ns.mount('b:', '/n/b');
    await ns.mount('c:', '/n/a/x');
    await ns.bind('/n/a', '/n/u');
    await ns.bind('/n/b', '/n/u', MAFTER | MCREATE);
    expect(told(await measured.cost(() => make(call, { ns, MAFTER })))).toEqual(expected);
  });
});

/** The tables of docs/messages.md: each call in them is made, and what it costs is counted. */
import { describe, expect, test } from '@jest/globals';
import type { Fid } from '../../src/client/index.ts';
import type { Dialect } from '../../src/protocol/index.ts';
import { document, tableBelow } from './markdown.ts';
import { Measured, type Cost } from './rounds.ts';

type Call = (root: Fid, open: Fid) => Promise<unknown>;

const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (
  ...text: string[]
) => Call;

/** The call that a cell of the table shows: an expression, or a loop. */
function callOf(cell: string): Call {
  const code = cell.replaceAll('`', '');
  return new AsyncFunction('root', 'open', code.startsWith('for ') ? code : `return ${code}`);
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

describe.each<Dialect>(['9P2000.L', '9P2000'])('%s', (dialect) => {
  const rows = tableBelow(document('docs/messages.md'), dialect);
  test.each(rows)('%s', async (call, ...expected) => {
    await using measured = await Measured.of(dialect);
    const { root } = measured;
    await fill(root);
    await using open = await (await root.walk('a/b/c')).open('r+');
    const { messages, rounds, error } = await measured.cost(() => callOf(call)(root, open));
    const which = `${show(messages)}${error === undefined ? '' : `; ${String(error.code)}`}`;
    expect([String(messages.length), String(rounds), which]).toEqual(expected);
  });
});

/** The manual is whole: every page can be found, every link leads somewhere, and tables say what the code says. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { dial } from '../../src/index.ts';
import { DEFAULT_LIMITS } from '../../src/server/index.ts';
import { root } from '../root.ts';
import { document, documents, tableBelow } from './markdown.ts';

const NS = fileURLToPath(new URL('../../bin/ns.js', import.meta.url));

function help(...command: readonly string[]): string {
  return spawnSync(process.execPath, [NS, ...command, '--help'], { encoding: 'utf8' }).stdout;
}

/** Where the links of a document lead, in the checkout. */
function linksOf({ path, text }: (typeof documents)[number]): readonly string[] {
  const targets = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target]) => target);
  return targets.map((target) => join(dirname(path), target));
}

test('every link leads to a file', () => {
  const broken = documents.flatMap((one) =>
    linksOf(one).flatMap((target) => (existsSync(join(root, target)) ? [] : [`${one.path}: ${target}`])),
  );
  expect(broken).toEqual([]);
});

test('every page is in the index', () => {
  const listed = new Set(linksOf(document('docs/README.md')));
  const pages = documents.map(({ path }) => path).filter((path) => path.startsWith('docs/'));
  expect(pages.filter((path) => path !== 'docs/README.md' && !listed.has(path))).toEqual([]);
});

test('the parts of a page stand in the order of a manual', () => {
  const order = [
    'SYNOPSIS',
    'DESCRIPTION',
    'OPTIONS',
    'FILES',
    'ENVIRONMENT',
    'EXAMPLES',
    'DIAGNOSTICS',
    'BUGS',
  ];
  const wrong = documents.filter(({ text }) => {
    const parts = [...text.matchAll(/^## (.*)$/gm)]
      .map(([, part]) => order.indexOf(part))
      .filter((at) => at >= 0);
    return parts.join() !== parts.toSorted((a, b) => a - b).join();
  });
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

const commands = [...help().matchAll(/^ {2}(\w+) {2,}/gm)]
  .map(([, name]) => name)
  .filter((name) => name !== 'help');

describe('the page of a command has its options, and no others', () => {
  test('there are commands', () => {
    expect(commands).toContain('serve');
  });

  test.each(commands)('%s', (command) => {
    const options = help(command)
      .split(/^Options:$/m)[1]
      .split(/^$/m)[0];
    const long = [...options.matchAll(/--[a-z-]+/g)]
      .map(([option]) => option)
      .filter((one) => one !== '--help');
    const page = document(`docs/commands/ns-${command}.md`);
    const described = long.length > 0 ? tableBelow(page, 'OPTIONS').map(([option]) => option) : [];
    const shown = described.flatMap((cell) => [...cell.matchAll(/--[a-z-]+/g)].map(([option]) => option));
    expect(shown.toSorted()).toEqual([...new Set(long)].toSorted());
  });
});

test('the limits of a server are those of the code', () => {
  const rows = tableBelow(document('docs/limits.md'), 'A server, for each connection');
  const shown = rows.map(([name, value]) => [name.replaceAll('`', ''), Number(value.replaceAll(',', ''))]);
  expect(Object.fromEntries(shown)).toEqual(DEFAULT_LIMITS);
});

test('the schemes are those that can be dialled', async () => {
  const rows = tableBelow(document('docs/addresses.md'), 'DESCRIPTION');
  const shown = rows.map(([cell]) => /^`(\w+):/.exec(cell)?.[1]);
  await expect(dial('nothing:')).rejects.toThrow(`known are ${shown.join(', ')}`);
});

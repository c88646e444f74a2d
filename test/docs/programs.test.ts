/** Every program that the documents show compiles against what this package exports; one with an output prints it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { root } from '../root.ts';
import { documents, isLike, nameOf, reasonOf, type Block } from './markdown.ts';

const BUILD = fileURLToPath(new URL('../../', import.meta.url));
const TSC = join(root, 'node_modules/.bin/tsc');
/** Milliseconds for a program. */
const PATIENCE = 10_000;

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, string>>;
};

/** The modules that a program may import, and where they are in this build, without the end of the name. */
const modules = new Map(
  Object.entries(exports)
    .filter(([, file]) => file.startsWith('./dist/'))
    .map(([name, file]) => [join('nines', name), join(BUILD, file.replace(/^\.\/dist\/(.*)\.js$/, '$1'))]),
);

const all = documents.flatMap(({ blocks }) => blocks.filter(({ language }) => language === 'ts'));
const programs = all.filter((block) => !reasonOf(block));

for (const block of all) {
  const reason = reasonOf(block);
  if (reason) process.stderr.write(`not compiled: ${nameOf(block)}: ${reason}\n`);
}

mkdirSync(join(root, '.build'), { recursive: true });
const folder = mkdtempSync(join(root, '.build/programs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fileOf = ({ path, line }: Block): string => `${path.replaceAll('/', '.')}.${line}`;

function compile(): string {
  for (const block of programs) writeFileSync(join(folder, `${fileOf(block)}.ts`), block.text);
  const compilerOptions = {
    rootDir: '.',
    outDir: 'out',
    declaration: false,
    sourceMap: false,
    noUnusedLocals: false,
    paths: Object.fromEntries([...modules].map(([name, file]) => [name, [`${file}.d.ts`]])),
  };
  const config = { extends: '../../tsconfig.json', compilerOptions, include: ['*.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const { stdout, stderr } = spawnSync(TSC, ['-p', folder], { encoding: 'utf8' });
  return stdout + stderr;
}

/** Runs a compiled program, with the modules of this build. */
function run(block: Block): string {
  const file = join(folder, 'out', `${fileOf(block)}.js`);
  const code = readFileSync(file, 'utf8').replaceAll(/(?<= from ')nines[/\w]*(?=')/g, (name) => {
    return pathToFileURL(`${modules.get(name)}.js`).href;
  });
  writeFileSync(file, code);
  const { stdout, stderr } = spawnSync(process.execPath, [file], {
    cwd: folder,
    encoding: 'utf8',
    timeout: PATIENCE,
  });
  return stdout + stderr;
}

test('the marks of the blocks are known', () => {
  const wrong = all.filter(({ mark }) => mark !== undefined && !mark.startsWith('not compiled: '));
  expect(wrong.map(nameOf)).toEqual([]);
});

test('all compile', () => {
  expect(programs.length).toBeGreaterThan(0);
  expect(compile()).toBe('');
});

describe('what is printed by', () => {
  const printing = programs.filter(({ output }) => output !== undefined);
  test.each(printing.map((block) => [nameOf(block), block] as const))('%s', (_, block) => {
    const printed = run(block);
    if (!isLike(printed, block.output!)) expect(printed).toBe(block.output);
  });
});

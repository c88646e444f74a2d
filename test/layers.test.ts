/** Who may import whom: the house as the design has it, read from the import statements of the sources. */
import { readFileSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { root } from './root.ts';

const LIBRARY = [
  'protocol',
  'file',
  'host',
  'transport',
  'server',
  'client',
  'namespaces',
  'resources',
  'gateways',
  'daemon',
];

/** Each folder of src, `bin`, and the package's front, the files of src itself; and what each may import of the others. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  file: ['protocol'],
  host: [],
  transport: [],
  server: ['protocol', 'file'],
  client: ['protocol', 'file'],
  namespaces: ['file', 'client'],
  resources: ['file', 'host'],
  sync: ['file', 'namespaces'],
  gateways: ['file', 'host', 'transport'],
  front: [...LIBRARY, 'sync'],
  daemon: [...LIBRARY, 'front'],
  cli: [...LIBRARY, 'front'],
  bin: ['cli'],
};

/** What a stream is, and the parser of addresses: open to all who may import anything at all. */
const OPEN = ['src/transport/stream.ts', 'src/transport/address.ts'];
const KEEPS_TO_ITSELF = ['protocol', 'file', 'host', 'bin'];

/** What runs in a browser too, with all that it imports. */
const BROWSER = /^src\/(protocol|file|client|namespaces)\/|^src\/transport\/(stream|address|pipe)\.ts$/;

const MOST_LINES = 400;

interface Import {
  readonly by: string;
  /** A path from the root of the checkout, or the name of a package. */
  readonly of: string;
  readonly names: string;
  readonly types: boolean;
}

const STRING = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/.source;
const COMMENT = /\/\*[^]*?\*\/|\/\/[^\n]*/.source;
const STATEMENT = /\b(?:import|export)\s+(type\s+)?((?:[\w*\s,]|\{[^}]*\})*?)\s*from\s*'([^']+)'/g;
const BARE = /\bimport\s*\(?\s*'([^']+)'/g;

const withoutComments = (text: string) =>
  text.replace(new RegExp(`(${STRING})|${COMMENT}`, 'g'), (_, string?: string) => string ?? '');

const withoutStrings = (code: string) => code.replace(new RegExp(STRING, 'g'), "''");

function sourcesIn(directory: string): string[] {
  return readdirSync(join(root, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(directory, entry.name);
    return entry.isDirectory() ? sourcesIn(path) : path.endsWith('.ts') ? [path] : [];
  });
}

const texts = new Map(
  [...sourcesIn('src'), ...sourcesIn('bin')].map((path) => [path, readFileSync(join(root, path), 'utf8')]),
);
const files = [...texts.keys()];
const codes = new Map(files.map((path) => [path, withoutComments(texts.get(path)!)]));

function importsOf(by: string): Import[] {
  const code = codes.get(by)!;
  const target = (name: string) => (name.startsWith('.') ? posix.join(posix.dirname(by), name) : name);
  return [
    ...[...code.matchAll(STATEMENT)].map(([, types, names, of]) => ({
      by,
      of: target(of),
      names: names.replace(/\s+/g, ' '),
      types: types !== undefined,
    })),
    ...[...code.matchAll(BARE)].map(([, of]) => ({ by, of: target(of), names: '', types: false })),
  ];
}

function folderOf(path: string): string {
  const [top, ...rest] = path.split('/');
  if (top !== 'src') return top;
  return rest.length === 1 ? 'front' : rest[0];
}

const imports = files.flatMap(importsOf);
const isOurs = ({ of }: Import) => /^(src|bin|test|bench|examples)\//.test(of);
const abroad = imports.filter((one) => isOurs(one) && folderOf(one.by) !== folderOf(one.of));
const show = ({ by, of, names }: Import) => `${by} imports ${names} of ${of}`;

test('the statements are read', () => {
  expect(files.length).toBeGreaterThan(20);
  expect(imports).toContainEqual({
    by: 'src/protocol/codec.ts',
    of: 'src/protocol/cursor.ts',
    names: '{ Cursor }',
    types: false,
  });
  expect(imports).toContainEqual({
    by: 'src/file/file.ts',
    of: 'src/protocol/index.ts',
    names: '{ Qid }',
    types: true,
  });
  expect(imports.filter((one) => isOurs(one) && !texts.has(one.of)).map(show)).toEqual([]);
});

test('every folder has its rule', () => {
  expect([...new Set(files.map(folderOf))].filter((folder) => !MAY_IMPORT[folder])).toEqual([]);
});

describe.each(Object.entries(MAY_IMPORT))('%s', (folder, allowed) => {
  test(`imports ${allowed.join(', ') || 'nothing of ours'}`, () => {
    const closed = KEEPS_TO_ITSELF.includes(folder);
    const wrong = abroad.filter(
      ({ by, of }) =>
        folderOf(by) === folder && !allowed.includes(folderOf(of)) && (closed || !OPEN.includes(of)),
    );
    expect(wrong.map(show)).toEqual([]);
  });
});

test('file knows of the protocol what a qid is, and no more', () => {
  const wrong = abroad.filter(
    ({ by, names, types }) => folderOf(by) === 'file' && !(types && names === '{ Qid }'),
  );
  expect(wrong.map(show)).toEqual([]);
});

test('of a stream only the types are imported', () => {
  const wrong = imports.filter(({ of, types }) => of === 'src/transport/stream.ts' && !types);
  expect(wrong.map(show)).toEqual([]);
});

test('no folder imports itself through another', () => {
  const edges = abroad.filter(({ of }) => !OPEN.includes(of));
  const reach = (from: string, seen = new Set<string>()): Set<string> => {
    for (const { of } of edges.filter(({ by }) => folderOf(by) === from)) {
      const next = folderOf(of);
      if (seen.has(next)) continue;
      seen.add(next);
      reach(next, seen);
    }
    return seen;
  };
  expect(Object.keys(MAY_IMPORT).filter((folder) => reach(folder).has(folder))).toEqual([]);
});

test('what runs in a browser needs nothing but itself, and neither does what it imports', () => {
  const reached = new Set(files.filter((path) => BROWSER.test(path)));
  for (const path of reached) {
    for (const one of importsOf(path)) if (isOurs(one) && !one.types) reached.add(one.of);
  }
  const foreign = imports.filter((one) => reached.has(one.by) && !isOurs(one));
  expect(foreign.map(show)).toEqual([]);
});

test(`no file has more than ${MOST_LINES} lines`, () => {
  const long = files.filter((path) => texts.get(path)!.trimEnd().split('\n').length > MOST_LINES);
  expect(long).toEqual([]);
});

test('nothing is of the type any', () => {
  const loose = files.filter((path) =>
    /[:<|&,(]\s*any\b(?!\s*:)|\bas\s+any\b/.test(withoutStrings(codes.get(path)!)),
  );
  expect(loose).toEqual([]);
});

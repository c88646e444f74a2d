/** With koffi and without: what needs it says so, and what does not gives the same results. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import type { Finding } from '../../src/host/index.ts';
import { battery } from './battery.ts';
import { folder } from './support.ts';

interface Failure {
  readonly code: string;
  readonly errno: number;
  readonly message: string;
}

interface Report {
  readonly failures: Readonly<Record<string, Failure>>;
  readonly findings: readonly Finding[];
  readonly battery: Readonly<Record<string, unknown>>;
}

/** Loaded before anything else in the child: to it koffi is not installed, or is broken. */
const PRELOADS = {
  missing: "Object.assign(new Error('Cannot find module koffi'), { code: 'MODULE_NOT_FOUND' })",
  broken: "new Error('invalid ELF header\\nand more')",
};

const { path } = folder();

function childWith(kind: keyof typeof PRELOADS): Report {
  const own = `${path}/${kind}`;
  mkdirSync(`${own}/battery`, { recursive: true });
  const preload = `${own}/preload.cjs`;
  writeFileSync(
    preload,
    `const Module = require('node:module');
     const load = Module._load;
     Module._load = function (request, ...rest) {
       if (request === 'koffi') throw ${PRELOADS[kind]};
       return load.call(this, request, ...rest);
     };`,
  );
  const program = fileURLToPath(new URL('./without.js', import.meta.url));
  const report: Report = JSON.parse(
    execFileSync(process.execPath, ['--require', preload, program, own], {
      encoding: 'utf8',
      timeout: 15_000,
    }),
  );
  return report;
}

describe('without koffi', () => {
  const report = childWith('missing');

  test.each(Object.keys(report.failures))('%s is EOPNOTSUPP and says what is missing', (name) => {
    const failure = report.failures[name];
    expect(failure).toMatchObject({ code: 'EOPNOTSUPP', errno: 95 });
    expect(failure.message).toMatch(/^EOPNOTSUPP: .+: the optional package koffi is not installed, \w+$/);
  });

  test('the probe says it too, with a remedy', () => {
    expect(report.findings.find(({ name }) => name === 'koffi')).toEqual({
      name: 'koffi',
      available: false,
      detail: 'the optional package koffi is not installed',
      remedy: 'npm install koffi',
    });
    expect(report.findings.find(({ name }) => name === 'xattr')).toMatchObject({ available: false });
    expect(report.findings.find(({ name }) => name === 'node')).toMatchObject({ available: true });
  });

  test('what Node can do has the same results', () => {
    mkdirSync(`${path}/with`);
    // JSON leaves out what is undefined: in both.
    const here: unknown = JSON.parse(JSON.stringify(battery(`${path}/with`)));
    expect(report.battery).toEqual(here);
    expect(here).toMatchObject({
      files: { content: 'content', shape: { type: 'file', mode: 0o640 }, same: true, again: 'EEXIST' },
      directories: {
        full: 'ENOTEMPTY',
        asFile: 'EISDIR',
        fileAsDir: 'ENOTDIR',
        removed: '',
        inRemoved: 'ENOENT',
      },
      links: {
        says: 'file',
        saysOdd: 'no/such\udcff',
        notFollowed: 'ELOOP',
        itself: 'symlink',
        hardsoft: 'symlink',
      },
      renames: { left: ['b'], content: 'A', missing: 'ENOENT' },
      figures: { device: { type: 'char', major: 1, minor: 3 }, closed: 'EBADF', notADirectory: 'ENOTDIR' },
    });
  });
});

test('a koffi that does not load is not taken for a missing one', () => {
  const { failures } = childWith('broken');
  expect(failures['getXattr'].message).toContain('koffi does not load: invalid ELF header, xattr');
});

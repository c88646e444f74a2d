/** What the tests of src/host share: a directory of their own, and tests that say why they are skipped. */
import { constants, closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, test } from '@jest/globals';
import { codeOf } from './code.ts';

export { codeOf };

export interface Folder {
  readonly path: string;
  /** A descriptor of it, open for reading. */
  readonly fd: number;
}

/** A new directory, removed after the tests of the file. */
export function folder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'nines-host-'));
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  afterAll(() => {
    closeSync(fd);
    rmSync(path, { recursive: true, force: true });
  });
  return { path, fd };
}

/** A test, or with a reason one that is skipped and says so. */
export function testUnless(reason: string | undefined, name: string, run: () => void | Promise<void>): void {
  if (reason === undefined) {
    test(name, run);
    return;
  }
  process.stderr.write(`skipped: ${name}: ${reason}\n`);
  test.skip(name, run);
}

/** A reason for `testUnless`: this call fails here with one of these codes, as it does where the feature is not kept. */
export function refused(call: () => unknown, ...codes: readonly string[]): string | undefined {
  const code = codeOf(call);
  return codes.includes(code) ? `${code} on the file system of ${tmpdir()}` : undefined;
}

export const isRoot = process.geteuid?.() === 0;

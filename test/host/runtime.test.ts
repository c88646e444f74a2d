import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { runtimeDirectory } from '../../src/host/index.ts';
import { folder, isRoot, testUnless } from './support.ts';

const { path: top } = folder();
const uid = process.geteuid?.();

let login: string;
let temporary: string;
let fallback: string;

beforeEach(() => {
  login = mkdtempSync(join(top, 'login-'));
  temporary = mkdtempSync(join(top, 'tmp-'));
  fallback = join(temporary, `nines-${uid}`);
});

const mode = (path: string) => lstatSync(path).mode & 0o777;

function refusal(of: string): unknown {
  try {
    return runtimeDirectory(of, temporary);
  } catch (error) {
    return error;
  }
}

describe('of a login', () => {
  test('is made with mode 700, and found again', () => {
    expect(runtimeDirectory(login)).toBe(join(login, 'nines'));
    expect(mode(join(login, 'nines'))).toBe(0o700);
    writeFileSync(join(login, 'nines', 'kept'), '');
    expect(runtimeDirectory(login)).toBe(join(login, 'nines'));
    expect(lstatSync(join(login, 'nines', 'kept')).isFile()).toBe(true);
  });

  test('is made with mode 700 whatever the umask lets through', () => {
    const before = process.umask(0);
    try {
      expect(mode(runtimeDirectory(login))).toBe(0o700);
    } finally {
      process.umask(before);
    }
  });

  test('is looked at again each time', () => {
    runtimeDirectory(login);
    chmodSync(join(login, 'nines'), 0o755);
    expect(refusal(login)).toMatchObject({ code: 'EPERM', message: expect.stringContaining('chmod 700') });
  });
});

describe('elsewhere', () => {
  test.each([
    ['unset or empty', () => ''],
    ['a relative path', () => 'run'],
    ['not there', () => join(login, 'missing')],
    ['no directory', () => file(join(login, 'file'))],
    ['a directory in which others write', () => (chmodSync(login, 0o770), login)],
  ])('where XDG_RUNTIME_DIR is %s, a directory of the user in TMPDIR', (_, value) => {
    expect(runtimeDirectory(value(), temporary)).toBe(fallback);
    expect(mode(fallback)).toBe(0o700);
  });

  testUnless(isRoot ? 'to root every directory here belongs' : undefined, 'nor one of another user', () => {
    expect(runtimeDirectory('/', temporary)).toBe(fallback);
  });

  test.each([
    ['a link to a good directory', 'symbolic link', () => symlinkSync(login, fallback)],
    ['a link that leads nowhere', 'symbolic link', () => symlinkSync('/nowhere', fallback)],
    ['a file', 'no directory', () => file(fallback)],
    ['a directory that others may enter', 'its mode is 711', () => directory(fallback, 0o711)],
    ['a directory that its owner cannot use', 'its mode is 500', () => directory(fallback, 0o500)],
    ['a directory that anyone may rename', `anyone may replace`, () => chmodSync(temporary, 0o777)],
  ])('%s is refused in one line that says what to do', (_, wrong, make) => {
    make();
    const error = refusal('');
    expect(error).toMatchObject({ code: 'EPERM', path: fallback, message: expect.stringContaining(wrong) });
    expect(String(error)).toMatch(/nines-\d+ .*XDG_RUNTIME_DIR/);
    expect(String(error)).not.toContain('\n');
  });

  test('a sticky directory will do, as /tmp is one', () => {
    chmodSync(temporary, 0o1777);
    expect(runtimeDirectory('', temporary)).toBe(fallback);
  });

  testUnless(isRoot ? undefined : 'only root can give a directory away', "another user's is refused", () => {
    directory(fallback, 0o700);
    chownSync(fallback, 12345, 12345);
    expect(refusal('')).toMatchObject({ code: 'EPERM', message: expect.stringContaining('uid 12345') });
  });

  test('where it cannot be made, the error says so', () => {
    rmSync(temporary, { recursive: true });
    expect(refusal('')).toMatchObject({ code: 'ENOENT', message: expect.stringContaining(temporary) });
  });
});

function file(path: string): string {
  writeFileSync(path, '');
  return path;
}

/** With this mode, whatever the umask. */
function directory(path: string, bits: number): void {
  mkdirSync(path);
  chmodSync(path, bits);
}

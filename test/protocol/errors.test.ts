/** The error table, held against the list of Linux and the names of the host. */
import { getSystemErrorMap } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { codeOfErrno, codeOfText, errnoOf, isErrorCode, textOf } from '../../src/protocol/index.ts';
import { LINUX_TEXTS } from '../data/linux-errors.ts';

const LAST_ERRNO = 133;
const errorCodes = Array.from({ length: LAST_ERRNO + 1 }, (_, errno) => errno)
  .filter((errno) => errnoOf(codeOfErrno(errno)) === errno)
  .map(codeOfErrno);

const linuxPairs = [...LINUX_TEXTS].flatMap(([errno, texts]) => texts.map((text) => [text, errno] as const));

describe.each(errorCodes)('%s', (code) => {
  test('comes back from its number and from its text', () => {
    expect(codeOfErrno(errnoOf(code))).toBe(code);
    expect(codeOfText(textOf(code))).toBe(code);
    expect(isErrorCode(code)).toBe(true);
  });

  test('is sent with a text that Linux knows, if it knows any for that number', () => {
    const texts = LINUX_TEXTS.get(errnoOf(code));
    if (texts) expect(texts).toContain(textOf(code));
    else expect(linuxPairs.map(([text]) => text)).not.toContain(textOf(code));
  });

  test('has a text that fits in an Rerror of Plan 9 (ERRMAX 128), without a full stop', () => {
    expect(textOf(code)).toMatch(/^[A-Za-z][ -~]{1,125}[^.]$/);
  });
});

test.each(linuxPairs)('"%s" is the error that Linux takes it for, %i', (text, errno) => {
  expect(errnoOf(codeOfText(text))).toBe(errno);
});

test('the table is not small, and no text of it stands for two errors', () => {
  expect(errorCodes.length).toBeGreaterThan(80);
  expect(new Set(errorCodes.map((code) => textOf(code).toLowerCase())).size).toBe(errorCodes.length);
});

test('what is unknown is an i/o error', () => {
  expect(codeOfErrno(526)).toBe('EIO');
  expect(codeOfText('the dog ate it')).toBe('EIO');
  expect(codeOfText('')).toBe('EIO');
});

test('a text is known whatever the case of its letters', () => {
  expect(codeOfText('FILE DOES NOT EXIST')).toBe('ENOENT');
  expect(codeOfText('No Such File Or Directory')).toBe('ENOENT');
});

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is not an error', (name) => {
  expect(isErrorCode(name)).toBe(false);
  expect(codeOfText(name)).toBe('EIO');
});

describe('the errors of the host', () => {
  // Not of Linux, or not numbers of errno at all: libuv's own. ENOTSUP is EOPNOTSUPP's other name.
  const foreign = /^(EAI_.*|EOF|UNKNOWN|ECHARSET|EFTYPE|ENOTSUP)$/;
  const host = [...getSystemErrorMap()].map(([number, [name]]) => ({ name, errno: -number }));

  test.each(host.filter(({ name }) => !foreign.test(name)))('$name is in the table', ({ name, errno }) => {
    expect(isErrorCode(name)).toBe(true);
    if (isErrorCode(name) && process.platform === 'linux') expect(errnoOf(name)).toBe(errno);
  });
});

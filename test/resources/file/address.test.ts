/** `file:DIR?…`: what an address may say. */
import { mkdirSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { REWRITE } from '../../../src/file/index.ts';
import { fileFromAddress } from '../../../src/resources/file/address.ts';
import { codeOf, folder, r } from './support.ts';

const path = folder();
mkdirSync(`${path}/sub`);

const fileAt = (options: Record<string, string>, at = path) =>
  fileFromAddress({ path: at, options: new Map(Object.entries(options)) });

test('a directory', async () => {
  const file = fileAt({});
  expect((await file.walk!('sub', r))?.qid.type).toBe(0x80);
  expect(file.guarded).toBe(false);
  file.release!();
});

test('its options', async () => {
  const file = fileAt({ ro: '', map: 'squash', devices: '' });
  expect(file.guarded).toBe(true);
  expect(await codeOf(() => file.create!('x', { mode: 0o644 }, REWRITE, r))).toBe('EROFS');
  file.release!();
});

test('what is wrong is named, with what was expected', () => {
  expect(() => fileAt({}, '')).toThrow("'file:' names no directory");
  expect(() => fileAt({ readonly: '' })).toThrow("no option 'readonly'; it has ro, map, devices");
  expect(() => fileAt({ map: 'everybody' })).toThrow(
    "map=everybody: 'auto', 'none', 'squash' or 'passthrough'",
  );
});

test('a directory that is not there', async () => {
  expect(await codeOf(() => fileAt({}, `${path}/missing`))).toBe('ENOENT');
});

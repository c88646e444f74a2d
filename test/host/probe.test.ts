import { expect, test } from '@jest/globals';
import { probe } from '../../src/host/index.ts';

const NAMES = [
  'node',
  'koffi',
  'at',
  'stat',
  'getdents',
  'xattr',
  'times',
  'ofdlock',
  'rename',
  'allocate',
  'mknod',
  'statfs',
  'preadv2',
  'peer',
  'rights',
  '/dev/fuse',
  'fusermount3',
  'v9fs',
  'user namespaces',
  'ssh',
];

test('everything is looked at, and for what is missing there is a remedy', () => {
  const findings = probe();
  expect(findings.map(({ name }) => name)).toEqual(NAMES);
  for (const { available, detail, remedy } of findings) {
    expect(detail).toMatch(/\S/);
    expect(detail).not.toContain('\n');
    if (available) expect(remedy).toBeUndefined();
    else expect(remedy).toMatch(/\S/);
  }
});

test('with koffi, on Linux, all native features are there', () => {
  const missing = probe()
    .slice(0, 15)
    .filter(({ available }) => !available);
  expect(missing).toEqual([]);
});

test('a program that is not on the PATH is missing', () => {
  const path = process.env['PATH'];
  process.env['PATH'] = '/nonexistent';
  try {
    const findings = probe();
    expect(findings.find(({ name }) => name === 'ssh')).toMatchObject({
      available: false,
      detail: 'not on the PATH',
    });
    expect(findings.find(({ name }) => name === 'user namespaces')).toMatchObject({ available: false });
  } finally {
    process.env['PATH'] = path;
  }
});

import { expect, test } from '@jest/globals';
import { mountAt, parseMounts, readMounts } from '../../src/host/index.ts';

const bytes = (...lines: readonly string[]) =>
  Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1');

test('the fields, with and without optional ones', () => {
  const table = bytes(
    '36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue',
    '42 27 0:39 / /n rw,nosuid - fuse.nines tcp://x:564/ rw,user_id=0',
    'nothing of this kind',
  );
  expect(parseMounts(table)).toEqual([
    { id: 36, parent: 35, device: '98:0', mountpoint: '/mnt2', type: 'ext3', source: '/dev/root' },
    { id: 42, parent: 27, device: '0:39', mountpoint: '/n', type: 'fuse.nines', source: 'tcp://x:564/' },
  ]);
});

test('escapes are bytes: blanks, newlines, backslashes, a dash, names that are no UTF-8', () => {
  const utf8 = Buffer.from('é').toString('latin1');
  const table = bytes(
    String.raw`1 0 0:1 / /a\040b\134c\012d rw - fuse.nines x\040y\134040 rw`,
    `2 0 0:2 / /${utf8}-\xff rw - - ${utf8} rw`,
  );
  expect(parseMounts(table).map(({ mountpoint, source }) => [mountpoint, source])).toEqual([
    ['/a b\\c\nd', 'x y\\040'],
    ['/é-\udcff', 'é'],
  ]);
});

test('of several at one place, the one that is seen', () => {
  const table = bytes(
    '1 1 0:1 / / rw - rootfs none rw',
    '30 1 0:3 / /m rw - tmpfs over rw',
    '20 1 0:2 / /x rw - tmpfs x rw',
    '31 30 0:4 / /m rw - fuse.nines top rw',
  );
  const mounts = parseMounts(table);
  expect(mountAt(mounts, '/m')?.source).toBe('top');
  expect(mountAt(mounts.toReversed(), '/m')?.source).toBe('top');
  expect(mountAt(mounts, '/')?.type).toBe('rootfs');
  expect(mountAt(mounts, '/m/x')).toBeUndefined();
});

test('the table of this process', () => {
  expect(mountAt(readMounts(), '/proc')?.type).toBe('proc');
});

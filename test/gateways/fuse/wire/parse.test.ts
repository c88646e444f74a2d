import { describe, expect, test } from '@jest/globals';
import { IN_HEADER, OP } from '../../../../src/gateways/fuse/wire/constants.ts';
import { parseRequest } from '../../../../src/gateways/fuse/wire/parse.ts';
import { cut, EVERY, HEADER, messageOf } from './messages.ts';

const EINVAL = 22;
const EFBIG = 27;
const ENXIO = 6;
const ENOSYS = 38;
const EOVERFLOW = 75;

const every = Object.entries(EVERY);
const lengthsOf = (message: Uint8Array): number[] => [...Array(message.length).keys()];

/** An ioctl is refused whatever it says. */
const UNREAD = 'IOCTL';

describe('a message that is not whole', () => {
  test.each(every)('%s, cut anywhere, is unknown', (_, message) => {
    for (const length of lengthsOf(message)) {
      expect(parseRequest(message.subarray(0, length))).toMatchObject({ op: 'unknown', errno: EINVAL });
    }
  });

  test.each(every.filter(([name]) => name !== UNREAD))(
    '%s, cut anywhere and saying so, is unknown',
    (_, message) => {
      for (const length of lengthsOf(message)) {
        expect(parseRequest(cut(message, length))).toMatchObject({ op: 'unknown', errno: EINVAL });
      }
    },
  );

  test('its number and opcode are known as soon as there is a header', () => {
    const message = cut(EVERY.READ, EVERY.READ.length - 1);
    expect(parseRequest(message)).toEqual({ ...HEADER, op: 'unknown', opcode: OP.READ, errno: EINVAL });
    const { unique } = parseRequest(message.subarray(0, IN_HEADER - 1));
    expect(unique).toBe(0);
  });
});

test('every message is known', () => {
  const unknown = every.filter(([, message]) => parseRequest(message).op === 'unknown').map(([name]) => name);
  expect(unknown).toEqual([UNREAD]);
});

test('bytes at the end, as a later kernel may add to a struct, do no harm', () => {
  const longer = messageOf(OP.FLUSH, 5n, 0, 0, 9n, 'more');
  expect(parseRequest(longer)).toEqual({ ...HEADER, op: 'flush', open: 5, owner: 9n });
});

test('a message is read where it is: in the midst of a buffer', () => {
  const buffer = new Uint8Array(5000).fill(0xff);
  buffer.set(EVERY.RENAME2, 13);
  const message = buffer.subarray(13, 13 + EVERY.RENAME2.length);
  expect(parseRequest(message)).toEqual(parseRequest(EVERY.RENAME2));
});

test('the data of a write is a view of the message, the value of an extended attribute is a copy', () => {
  const attribute = parseRequest(EVERY.SETXATTR);
  expect(attribute.op === 'setxattr' && attribute.value.buffer).not.toBe(EVERY.SETXATTR.buffer);
  const request = parseRequest(EVERY.WRITE);
  if (request.op !== 'write') throw new Error(request.op);
  expect(request.data.buffer).toBe(EVERY.WRITE.buffer);
  expect(request.data).toEqual(new TextEncoder().encode('content'));
});

describe('names', () => {
  const lookup = (...bytes: readonly number[]) => {
    const message = messageOf(OP.LOOKUP, '_'.repeat(bytes.length));
    message.set(bytes, IN_HEADER);
    return parseRequest(message);
  };

  test('bytes that are not UTF-8 are kept apart', () => {
    expect(lookup(0x61, 0xff, 0)).toMatchObject({ name: 'a\udcff' });
  });

  test('what stands after the NUL is no part of it', () => {
    expect(lookup(0x61, 0, 0x62, 0x63)).toMatchObject({ name: 'a' });
  });

  test('without a NUL there is none', () => {
    expect(lookup(0x61, 0x62)).toMatchObject({ op: 'unknown', errno: EINVAL });
  });
});

describe('numbers beyond 2^53 - 1', () => {
  const most = BigInt(Number.MAX_SAFE_INTEGER);

  test.each([
    ['read', messageOf(OP.READ, 5n, most + 1n, 4096, 0, 0n, 0, 0), EOVERFLOW],
    ['read', messageOf(OP.READ, 5n, -1n, 4096, 0, 0n, 0, 0), EOVERFLOW],
    ['write', messageOf(OP.WRITE, 5n, most + 1n, 0, 0, 0n, 0, 0), EFBIG],
    ['setattr', messageOf(OP.SETATTR, 8, 0, 5n, most + 1n, ...Array<bigint>(8).fill(0n)), EFBIG],
    ['fallocate', messageOf(OP.FALLOCATE, 5n, 0n, most + 1n, 0, 0), EFBIG],
    ['lseek', messageOf(OP.LSEEK, 5n, most + 1n, 3, 0), ENXIO],
    ['setlk', messageOf(OP.SETLK, 5n, 1n, most + 1n, most + 2n, 1, 7, 0, 0), EOVERFLOW],
  ])('%s is refused', (_, message, errno) => {
    expect(parseRequest(message)).toMatchObject({ ...HEADER, op: 'unknown', errno });
  });

  test('the last one that is not is taken', () => {
    const message = messageOf(OP.READ, 5n, most, 4096, 0, 0n, 0, 0);
    expect(parseRequest(message)).toMatchObject({ op: 'read', offset: Number.MAX_SAFE_INTEGER });
  });

  test('a size that is not to be changed is not looked at', () => {
    const message = messageOf(OP.SETATTR, 0, 0, 5n, -1n, ...Array<bigint>(8).fill(0n));
    expect(parseRequest(message)).toMatchObject({ op: 'setattr', change: { killPrivileges: false } });
  });

  test('the end of a lock is the end of the file', () => {
    const message = messageOf(OP.SETLK, 5n, 1n, 7n, most + 1n, 1, 7, 0, 0);
    expect(parseRequest(message)).toMatchObject({ op: 'setlk', lock: { start: 7, end: Infinity } });
  });
});

test('an old INIT, without the second word of flags, has none of them', () => {
  const message = messageOf(OP.INIT, 7, 31, 131_072, 0x3f);
  expect(parseRequest(message)).toMatchObject({ op: 'init', minor: 31, flags: 0x3fn });
});

test.each([
  ['a lock of no type', messageOf(OP.SETLK, 5n, 1n, 0n, 9n, 3, 7, 0, 0)],
  ['an extended attribute that is to be new and old', messageOf(OP.SETXATTR, 0, 3, 'user.a\0')],
  ['more to forget than there is', messageOf(OP.BATCH_FORGET, 0xffff_ffff, 0, 8n, 1n)],
  ['more to write than there is', messageOf(OP.WRITE, 5n, 0n, 0xffff_ffff, 0, 0n, 0, 0, 'content')],
])('%s is refused', (_, message) => {
  expect(parseRequest(message)).toMatchObject({ op: 'unknown', errno: EINVAL });
});

test.each([7, 19, 37, 41, 47, 50, 51, 52, 4096, 0xffff_ffff])('opcode %d is not known', (opcode) => {
  expect(parseRequest(messageOf(opcode, 'whatever'))).toEqual({
    ...HEADER,
    op: 'unknown',
    opcode,
    errno: ENOSYS,
  });
});

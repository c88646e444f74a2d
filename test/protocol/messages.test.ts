/** Any message becomes bytes and the same message again. */
import { describe, expect, test } from '@jest/globals';
import {
  Cursor,
  DATA_HEADER,
  HEADER,
  IOHDRSZ,
  MAXWELEM,
  NOFID,
  NOTAG,
  decode,
  decodeMessage,
  encode,
  encodeDataHeader,
  encodeMessage,
  generateMessage,
  messageTypes,
  printMessage,
  sizeOf,
  tagOf,
  type Message,
} from '../../src/protocol/index.ts';
import { holds, samples } from './properties.ts';
import { DIALECTS, seeded } from './seeded.ts';

const everyType = DIALECTS.flatMap((dialect) => messageTypes(dialect).map((type) => ({ dialect, type })));

describe.each(everyType)('$type in $dialect', ({ dialect, type }) => {
  test('survives the wire, in as many bytes as it is said to take', () => {
    for (let seed = 0; seed < 40; seed++) {
      const message = generateMessage(type, seeded(seed), dialect);
      const bytes = encodeMessage(message, dialect);
      expect(bytes.length).toBe(sizeOf(message, dialect));
      expect(new DataView(bytes.buffer).getUint32(0, true)).toBe(bytes.length);
      expect(decodeMessage(bytes, dialect)).toStrictEqual(message);
    }
  });
});

test('every dialect has its messages, and each request its reply', () => {
  expect(messageTypes('9P2000')).toHaveLength(27);
  expect(messageTypes('9P2000.u')).toHaveLength(27);
  expect(messageTypes('9P2000.L')).toHaveLength(57);
  for (const dialect of DIALECTS) {
    const types: readonly string[] = messageTypes(dialect);
    for (const type of types.filter((name) => name.startsWith('T'))) {
      expect(types).toContain(type.replace('T', 'R'));
    }
  }
});

test('the code of a reply is that of its request and one', () => {
  for (const { dialect, type } of everyType.filter((row) => row.type.startsWith('T'))) {
    const reply = messageTypes(dialect).find((name) => name === type.replace('T', 'R'))!;
    const [code, next] = [type, reply].map(
      (name) => encodeMessage(generateMessage(name, seeded(1), dialect), dialect)[4],
    );
    expect(next).toBe(code + 1);
  }
});

test('a message is encoded where the cursor stands, and nothing else is touched', () => {
  holds(samples, ({ dialect, message }) => {
    const size = sizeOf(message, dialect);
    const to = new Cursor(new Uint8Array(size + 20).fill(0xaa));
    to.at = 10;
    encode(to, message, dialect);
    expect(to.at).toBe(10 + size);
    expect(to.bytes.subarray(10, 10 + size)).toEqual(encodeMessage(message, dialect));
    expect(to.bytes.subarray(0, 10)).toEqual(new Uint8Array(10).fill(0xaa));
    expect(to.bytes.subarray(10 + size)).toEqual(new Uint8Array(10).fill(0xaa));
  });
});

test('a message is decoded where the cursor stands, its data as a view', () => {
  holds(samples, ({ dialect, message }) => {
    const bytes = encodeMessage(message, dialect);
    const frame = new Cursor(new Uint8Array(bytes.length + 20));
    frame.bytes.set(bytes, 10);
    frame.at = 10;
    frame.end = 10 + bytes.length;
    expect(tagOf(frame)).toBe(message.tag);
    const decoded = decode(frame, dialect);
    expect(decoded).toStrictEqual(message);
    if ('data' in decoded) expect(decoded.data.buffer).toBe(frame.bytes.buffer);
  });
});

describe('printing', () => {
  test('is one line without control characters, whatever the names are', () => {
    holds(samples, ({ message }) => {
      expect(printMessage(message)).toMatch(new RegExp(`^${message.type} tag ${message.tag}( |$)`));
      // oxlint-disable-next-line no-control-regex
      expect(printMessage(message)).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
    });
  });

  test('shows what the peer may have put into a name to fool a terminal', () => {
    const message: Message = { type: 'Tauth', tag: 1, afid: NOFID, uname: '\x1b[2J\x9b2J\x7f', aname: 'é' };
    expect(printMessage(message)).toBe(
      String.raw`Tauth tag 1 afid ~0 uname "\u001b[2J\u009b2J\u007f" aname "é"`,
    );
  });

  test('knows every kind of field', () => {
    const qid = { type: 0xe0, version: 7, path: 0xabcdefn };
    expect(printMessage({ type: 'Twalk', tag: 3, fid: 1, newfid: 2, wname: ['usr', 'glenda'] })).toBe(
      'Twalk tag 3 fid 1 newfid 2 wname "usr" "glenda"',
    );
    expect(printMessage({ type: 'Rwalk', tag: 3, wqid: [qid] })).toBe('Rwalk tag 3 wqid (abcdef 7 dal)');
    expect(printMessage({ type: 'Rread', tag: 4, data: new Uint8Array(40).fill(65) })).toBe(
      `Rread tag 4 data 40 "${'A'.repeat(32)}"…`,
    );
    expect(printMessage({ type: 'Tgetattr', tag: 5, fid: 0, request_mask: 0x7ff })).toBe(
      'Tgetattr tag 5 fid 0 request_mask 0x7ff',
    );
    expect(printMessage({ type: 'Rflush', tag: NOTAG })).toBe('Rflush tag 65535');
  });
});

describe('what only some dialects have', () => {
  const attach = { type: 'Tattach', tag: 1, fid: 0, afid: NOFID, uname: 'glenda', aname: '' } as const;

  test('is left out where the dialect has none, and "not given" where nothing is given', () => {
    expect(decodeMessage(encodeMessage({ ...attach, n_uname: 7 }, '9P2000'), '9P2000')).toEqual(attach);
    for (const dialect of ['9P2000.u', '9P2000.L'] as const) {
      expect(decodeMessage(encodeMessage(attach, dialect), dialect)).toEqual({
        ...attach,
        n_uname: 0xffffffff,
      });
    }
    const error = { type: 'Rerror', tag: 1, ename: 'no' } as const;
    expect(decodeMessage(encodeMessage(error, '9P2000.u'), '9P2000.u')).toEqual({ ...error, errno: 0 });
    const create = { type: 'Tcreate', tag: 1, fid: 0, name: 'x', perm: 0o644, mode: 1 } as const;
    expect(decodeMessage(encodeMessage(create, '9P2000.u'), '9P2000.u')).toEqual({
      ...create,
      extension: '',
    });
  });

  test('a Tfsync may lack its datasync, but not a part of it', () => {
    const short = { type: 'Tfsync', tag: 1, fid: 2 } as const;
    expect(sizeOf(short, '9P2000.L')).toBe(HEADER + 4);
    expect(decodeMessage(encodeMessage(short, '9P2000.L'), '9P2000.L')).toEqual(short);
    const long = { ...short, datasync: 0 };
    expect(sizeOf(long, '9P2000.L')).toBe(HEADER + 8);
    expect(decodeMessage(encodeMessage(long, '9P2000.L'), '9P2000.L')).toEqual(long);
    const cut = encodeMessage(long, '9P2000.L').slice(0, HEADER + 6);
    cut[0] = cut.length;
    expect(() => decodeMessage(cut, '9P2000.L')).toThrow(expect.objectContaining({ code: 'EBADMSG' }));
  });
});

describe('a reply whose payload is written in place', () => {
  test.each(['Rread', 'Rreaddir'] as const)('%s', (type) => {
    const data = Uint8Array.of(1, 2, 3);
    const to = new Cursor(new Uint8Array(DATA_HEADER + data.length));
    encodeDataHeader(to, type, 0x1234, data.length);
    expect(to.at).toBe(DATA_HEADER);
    to.bytes.set(data, to.at);
    expect(to.bytes).toEqual(encodeMessage({ type, tag: 0x1234, data }, '9P2000.L'));
  });
});

test('the headers of reads and writes fit into IOHDRSZ', () => {
  const data = new Uint8Array(0);
  const messages: Message[] = [
    { type: 'Rread', tag: 0, data },
    { type: 'Twrite', tag: 0, fid: 0, offset: 0, data },
    { type: 'Rreaddir', tag: 0, data },
  ];
  for (const message of messages) expect(sizeOf(message, '9P2000.L')).toBeLessThanOrEqual(IOHDRSZ);
});

test('a walk of sixteen names, and one of none', () => {
  for (const wname of [[], Array.from({ length: MAXWELEM }, (_, i) => `name ${i}`)]) {
    const walk: Message = { type: 'Twalk', tag: 0, fid: 0, newfid: NOFID - 1, wname };
    expect(decodeMessage(encodeMessage(walk, '9P2000'), '9P2000')).toEqual(walk);
  }
});

test('a text of 65535 bytes fits, and a longer one is refused by its size', () => {
  const message = (length: number): Message => ({
    type: 'Rreadlink',
    tag: 0,
    target: 'é'.repeat(length / 2),
  });
  const longest = { type: 'Rreadlink', tag: 0, target: 'é'.repeat(32767) + 'e' } as const;
  expect(decodeMessage(encodeMessage(longest, '9P2000.L'), '9P2000.L')).toEqual(longest);
  expect(() => sizeOf(message(65536), '9P2000.L')).toThrow(RangeError);
  expect(() => encodeMessage(message(65536), '9P2000.L')).toThrow(RangeError);
});

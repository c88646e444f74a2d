/** Bytes to messages and back: one frame at a time. */
import { Cursor } from './cursor.ts';
import { KINDS, type Random } from './kinds.ts';
import { Layout, type Dialect, type FieldValues } from './layout.ts';
import { MalformedError } from './malformed.ts';
import { MESSAGES, hasMessage, type Message, type MessageOf, type MessageType } from './messages.ts';
import { statKind } from './stat.ts';

/** `size[4] type[1] tag[2]` (intro(5)). */
export const HEADER = 7;

interface Entry {
  readonly type: MessageType;
  readonly code: number;
  readonly layout: Layout;
  readonly dialects: ReadonlySet<Dialect>;
}

const ENTRIES = Object.fromEntries(
  Object.entries(MESSAGES).map(([name, [code, notation]]): [string, Entry] => {
    const type = name as MessageType;
    const layout = new Layout(notation, { ...KINDS, n: statKind });
    const all = ['9P2000', '9P2000.u', '9P2000.L'] as const;
    return [
      name,
      { type, code, layout, dialects: new Set(all.filter((dialect) => hasMessage(dialect, type))) },
    ];
  }),
) as unknown as Readonly<Record<MessageType, Entry>>;

const BY_CODE: readonly (Entry | undefined)[] = Array.from({ length: 256 }, (_, code) =>
  Object.values(ENTRIES).find((entry) => entry.code === code),
);

/**
 * The tag of a frame whose header is there: for the answer to a message that cannot be decoded. To be asked before
 * {@link decode}, which moves `frame.at`.
 */
export function tagOf(frame: Cursor): number {
  return frame.view.getUint16(frame.at + 5, true);
}

/**
 * Decodes the frame from `frame.at` to `frame.end`: size, type, tag and all fields, with nothing left over.
 * The bytes of a `data` field are a view of the frame.
 *
 * @throws {@link MalformedError}
 */
export function decode(frame: Cursor, dialect: Dialect): Message {
  const from = frame.take(HEADER);
  const entry = BY_CODE[frame.bytes[from + 4]];
  if (!entry?.dialects.has(dialect)) {
    throw new MalformedError(`no message of type ${frame.bytes[from + 4]} in ${dialect}`, 'EOPNOTSUPP');
  }
  const message: FieldValues = { type: entry.type, tag: frame.view.getUint16(from + 5, true) };
  entry.layout.read(frame, message, dialect);
  if (frame.at !== frame.end) {
    throw new MalformedError(`${frame.end - frame.at} bytes too many in a ${entry.type}`);
  }
  return message as unknown as Message;
}

/** Decodes a message that stands alone in `bytes`. */
export function decodeMessage(bytes: Uint8Array, dialect: Dialect): Message {
  const frame = new Cursor(bytes);
  if (bytes.length < HEADER || frame.view.getUint32(0, true) !== bytes.length) {
    throw new MalformedError('the size of the message is not the one that it names');
  }
  return decode(frame, dialect);
}

/** The bytes that {@link encode} writes. */
export function sizeOf(message: Message, dialect: Dialect): number {
  return HEADER + ENTRIES[message.type].layout.size(message, dialect);
}

/** Writes the message at `to.at`; there must be room for {@link sizeOf} bytes. */
export function encode(to: Cursor, message: Message, dialect: Dialect): void {
  const entry = ENTRIES[message.type];
  const from = to.at;
  to.bytes[from + 4] = entry.code;
  to.view.setUint16(from + 5, message.tag, true);
  to.at = from + HEADER;
  entry.layout.write(to, message, dialect);
  to.view.setUint32(from, to.at - from, true);
}

/** Encodes a message into bytes of its own. */
export function encodeMessage(message: Message, dialect: Dialect): Uint8Array {
  const to = new Cursor(new Uint8Array(sizeOf(message, dialect)));
  encode(to, message, dialect);
  return to.bytes;
}

/** What stands before the payload of an Rread, an Rreaddir: header and `count[4]`. */
export const DATA_HEADER = HEADER + 4;

/** Writes the start of a reply whose payload stands, or will stand, right behind it. */
export function encodeDataHeader(to: Cursor, type: 'Rread' | 'Rreaddir', tag: number, count: number): void {
  const { view, at } = to;
  view.setUint32(at, DATA_HEADER + count, true);
  view.setUint8(at + 4, ENTRIES[type].code);
  view.setUint16(at + 5, tag, true);
  view.setUint32(at + HEADER, count, true);
  to.at = at + DATA_HEADER;
}

/** One line for people: `Twalk tag 3 fid 1 newfid 2 wname "usr" "glenda"`. */
export function printMessage(message: Message): string {
  const fields = ENTRIES[message.type].layout.print(message);
  return `${message.type} tag ${message.tag}${fields}`;
}

/** A made-up message of the given type: every field within its range, not necessarily sensible. */
export function generateMessage<T extends MessageType>(
  type: T,
  random: Random,
  dialect: Dialect,
): MessageOf<T> {
  const fields = ENTRIES[type].layout.generate(random, dialect);
  return { type, tag: Math.floor(random() * 0x10000), ...fields } as MessageOf<T>;
}

/** The messages of a dialect, by name. */
export function messageTypes(dialect: Dialect): readonly MessageType[] {
  return Object.values(ENTRIES)
    .filter((entry) => entry.dialects.has(dialect))
    .map((entry) => entry.type);
}

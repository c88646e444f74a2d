/** The recorded messages of other implementations: see test/data/captures/README.md. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { decodeMessage, type Dialect } from '../../src/protocol/index.ts';
import { root } from '../root.ts';

export interface Recorded {
  /** The type's name, or its number where it is nobody's but the sender's. */
  readonly type: string;
  readonly bytes: Uint8Array;
  /** What the last Rversion before it has chosen. */
  readonly dialect: Dialect;
}

export interface Capture {
  readonly file: string;
  readonly messages: readonly Recorded[];
}

const directory = join(root, 'test/data/captures');

/** The dialect that an Rversion chooses: one of ours, with whatever suffix. */
function chosen(bytes: Uint8Array): Dialect {
  const message = decodeMessage(bytes, '9P2000');
  if (message.type !== 'Rversion') throw new Error(`an Rversion that is a ${message.type}`);
  if (message.version.startsWith('9P2000.L')) return '9P2000.L';
  return message.version.startsWith('9P2000.u') ? '9P2000.u' : '9P2000';
}

function read(file: string): Capture {
  const messages: Recorded[] = [];
  let dialect: Dialect = '9P2000';
  for (const line of readFileSync(join(directory, file), 'utf8').trimEnd().split('\n')) {
    const [, type, hex] = line.split(' ');
    const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
    if (type === 'Rversion') dialect = chosen(bytes);
    messages.push({ type, bytes, dialect });
  }
  return { file, messages };
}

export const captures: readonly Capture[] = readdirSync(directory)
  .filter((file) => file.endsWith('.hex'))
  .map(read);

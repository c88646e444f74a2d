/** A raw 9P connection: whatever bytes go out; what comes in must be replies, and is checked to be. */
import { connect, type Socket } from 'node:net';
import {
  Framer,
  decode,
  encodeMessage,
  type Cursor,
  type Dialect,
  type Message,
} from '../../src/protocol/index.ts';
import { feed } from '../protocol/feed.ts';

const LARGEST = 1 << 20;
const SHOWN = 200;

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A connection's own copy of a message: its bytes stay what they are. */
function decoded(frame: Cursor, dialect: Dialect): Message {
  const copy = decode(frame, dialect);
  return 'data' in copy ? { ...copy, data: copy.data.slice() } : copy;
}

export class Wire {
  /** What the last Rversion has chosen. */
  dialect: Dialect = '9P2000';
  onReply: (reply: Message) => void = () => {};
  /** What is wrong with what the server sent. */
  fault: string | undefined;
  sent = 0;
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #framer = new Framer(LARGEST, (frame) => this.#deliver(frame));
  #open = true;
  #msize = LARGEST;
  /** The beginning of the last frame, in hexadecimal. */
  #last = '';

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#take(bytes));
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#open = false;
        resolve();
      });
    });
    socket.once('end', () => socket.end());
  }

  static dial({ host, port }: Address): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port });
      socket.once('error', reject);
      socket.once('connect', () => resolve(new Wire(socket)));
    });
  }

  get open(): boolean {
    return this.#open;
  }

  /** Sends the bytes. Where there is no room for more it gives what resolves when there is, or when nobody is there. */
  send(bytes: Uint8Array): Promise<unknown> | undefined {
    this.sent++;
    if (!this.#open || this.#socket.write(bytes)) return undefined;
    return Promise.race([new Promise((drained) => this.#socket.once('drain', drained)), this.closed]);
  }

  sendMessage(message: Message): Promise<unknown> | undefined {
    return this.send(encodeMessage(message, this.dialect));
  }

  /** Leaves the replies unread, so that they pile up where the server has them. */
  deafen(): void {
    this.#socket.pause();
  }

  listen(): void {
    this.#socket.resume();
  }

  /** Ends without a word: by a reset where `reset` says so, otherwise by a close. */
  async drop(reset: boolean): Promise<void> {
    if (reset) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
    await this.closed;
  }

  #take(bytes: Uint8Array): void {
    if (this.fault) return;
    try {
      feed(this.#framer, bytes);
    } catch (error) {
      this.fault = `a reply in ${this.dialect} is wrong: ${String(error)}: ${this.#last}`;
      this.#socket.destroy();
    }
  }

  #deliver(frame: Cursor): void {
    this.#last = Buffer.from(frame.bytes.subarray(frame.at, Math.min(frame.end, frame.at + SHOWN))).toString(
      'hex',
    );
    const size = frame.end - frame.at;
    const reply = decoded(frame, this.dialect);
    if (size > this.#msize)
      throw new Error(`a ${reply.type} of ${size} bytes, where msize is ${this.#msize}`);
    if (reply.type.startsWith('T')) throw new Error(`a server does not send a ${reply.type}`);
    if (reply.type === 'Rversion') this.#adopt(reply.version, reply.msize);
    this.onReply(reply);
  }

  #adopt(version: string, msize: number): void {
    if (version !== '9P2000' && version !== '9P2000.u' && version !== '9P2000.L') return;
    this.dialect = version;
    this.#msize = msize;
  }
}

/** A well-behaved client: one connection for the whole run, every answer of which must be the right one. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Cursor,
  NOFID,
  codeOfErrno,
  readDirent,
  type Message,
  type MessageOf,
  type Random,
  type ReplyTo,
  type TMessage,
} from '../../src/protocol/index.ts';
import { within } from './patience.ts';
import { Wire, type Address } from './wire.ts';

const MSIZE = 65_536;
const FILE_SIZE = 60_000;
const CHUNK = 8000;
/** Milliseconds until an answer is no answer. */
const PATIENCE = 15_000;
const ROOT = 0;
const HOME = 1;
const NOTES = 2;
const SPARE = 3;
const READ_WRITE = 2;

class Disappointment extends Error {}

type Body<T extends TMessage['type']> = Omit<MessageOf<T>, 'type' | 'tag'>;

export class Citizen {
  requests = 0;
  /** What the server did wrong. */
  fault: string | undefined;
  readonly #wire: Wire;
  readonly #random: Random;
  readonly #home: string;
  /** What the file must hold. */
  readonly #notes = new Uint8Array(FILE_SIZE);
  readonly #waiting = new Map<number, (reply: Message) => void>();
  #tag = 0;
  #leaving = false;

  private constructor(wire: Wire, random: Random) {
    this.#wire = wire;
    this.#random = random;
    this.#home = `citizen-${Math.floor(random() * 1e9)}`;
    wire.onReply = (reply) => this.#take(reply);
  }

  /** Connects, and makes a directory of its own with a file in it. */
  static async settle(address: Address, aname: string, random: Random): Promise<Citizen> {
    const citizen = new Citizen(await Wire.dial(address), random);
    await citizen.#settle(aname);
    return citizen;
  }

  /** Goes about its business until it is told to leave, or is disappointed. */
  async live(): Promise<void> {
    try {
      while (!this.#leaving) {
        await this.#write();
        await this.#read();
        await this.#look();
        await this.#create();
        await sleep(2);
      }
    } catch (error) {
      this.fault = error instanceof Disappointment ? error.message : String(error);
    }
  }

  /** Takes its leave after what it is doing. */
  leave(): void {
    this.#leaving = true;
  }

  close(): Promise<void> {
    return this.#wire.drop(false);
  }

  async #settle(aname: string): Promise<void> {
    const { version } = await this.#call('Tversion', { msize: MSIZE, version: '9P2000.L' });
    expectThat(version === '9P2000.L', `9P2000.L was asked for, and ${version} answered`);
    await this.#call('Tattach', { fid: ROOT, afid: NOFID, uname: 'citizen', aname, n_uname: 0 });
    await this.#call('Tmkdir', { dfid: ROOT, name: this.#home, mode: 0o755, gid: 0 });
    await this.#call('Twalk', { fid: ROOT, newfid: HOME, wname: [this.#home] });
    await this.#call('Twalk', { fid: HOME, newfid: NOTES, wname: [] });
    await this.#call('Tlcreate', { fid: NOTES, name: 'notes', flags: READ_WRITE, mode: 0o644, gid: 0 });
    for (let offset = 0; offset < FILE_SIZE; offset += CHUNK) await this.#writeAt(offset, CHUNK);
  }

  /** Only over what is there: the attackers may have filled the tree. */
  async #write(): Promise<void> {
    await this.#writeAt(Math.floor(this.#random() * FILE_SIZE), 1 + Math.floor(this.#random() * CHUNK));
  }

  async #writeAt(offset: number, count: number): Promise<void> {
    const byte = Math.floor(this.#random() * 256);
    const data = new Uint8Array(Math.min(count, FILE_SIZE - offset)).fill(byte);
    const reply = await this.#call('Twrite', { fid: NOTES, offset, data });
    expectThat(reply.count === data.length, `${reply.count} of ${data.length} bytes were written`);
    this.#notes.set(data, offset);
  }

  async #read(): Promise<void> {
    const offset = Math.floor(this.#random() * FILE_SIZE);
    const { data } = await this.#call('Tread', { fid: NOTES, offset, count: CHUNK });
    const expected = this.#notes.subarray(offset, offset + CHUNK);
    expectThat(data.length === expected.length, `${data.length} of ${expected.length} bytes were read`);
    expectThat(Buffer.compare(data, expected) === 0, 'other bytes were read than had been written');
  }

  async #look(): Promise<void> {
    const { size, qid } = await this.#call('Tgetattr', { fid: NOTES, request_mask: 0x7ff });
    expectThat(size === FILE_SIZE, `the file has ${size} bytes instead of ${FILE_SIZE}`);
    const walked = await this.#call('Twalk', { fid: HOME, newfid: SPARE, wname: ['notes'] });
    expectThat(walked.wqid[0]?.path === qid.path, 'a walk leads to another file');
    await this.#call('Tclunk', { fid: SPARE });
    await this.#refused('Twalk', { fid: HOME, newfid: SPARE, wname: ['nothing'] }, ['ENOENT']);
    await this.#call('Tflush', { oldtag: 0xfff0 });
  }

  /** Creates a file, sees it in the directory, and removes it. */
  async #create(): Promise<void> {
    await this.#call('Twalk', { fid: HOME, newfid: SPARE, wname: [] });
    const created = await this.#try('Tlcreate', { fid: SPARE, name: 'new', flags: 1, mode: 0o600, gid: 0 });
    await this.#call('Tclunk', { fid: SPARE });
    if (created.type === 'Rlerror') {
      return expectThat(
        ['ENOSPC', 'EDQUOT'].includes(codeOfErrno(created.ecode)),
        `Tlcreate: ${created.ecode}`,
      );
    }
    const names = await this.#list();
    expectThat(names.join(' ') === '. .. new notes', `the directory holds ${names.join(' ')}`);
    await this.#call('Tunlinkat', { dirfd: HOME, name: 'new', flags: 0 });
  }

  async #list(): Promise<string[]> {
    await this.#call('Twalk', { fid: HOME, newfid: SPARE, wname: [] });
    await this.#call('Tlopen', { fid: SPARE, flags: 0 });
    const { data } = await this.#call('Treaddir', { fid: SPARE, offset: 0n, count: CHUNK });
    const names: string[] = [];
    for (const from = new Cursor(data); from.at < from.end;) names.push(readDirent(from).name);
    await this.#call('Tclunk', { fid: SPARE });
    return names.toSorted();
  }

  async #call<T extends TMessage['type']>(type: T, body: Body<T>): Promise<ReplyTo<T>> {
    const reply = await this.#try(type, body);
    if (reply.type === 'Rlerror') throw new Disappointment(`${type}: ${codeOfErrno(reply.ecode)}`);
    return reply;
  }

  async #refused<T extends TMessage['type']>(
    type: T,
    body: Body<T>,
    codes: readonly string[],
  ): Promise<void> {
    const reply = await this.#try(type, body);
    const code = reply.type === 'Rlerror' ? codeOfErrno(reply.ecode) : reply.type;
    expectThat(codes.includes(code), `${type}: ${code} instead of ${codes.join(' or ')}`);
  }

  /** The reply, of the request's own type or Rlerror. */
  async #try<T extends TMessage['type']>(type: T, body: Body<T>): Promise<ReplyTo<T> | MessageOf<'Rlerror'>> {
    const tag = type === 'Tversion' ? 0xffff : (this.#tag = (this.#tag + 1) % 1000);
    const answered = new Promise<Message>((resolve) => this.#waiting.set(tag, resolve));
    this.requests++;
    await this.#wire.sendMessage({ type, tag, ...body } as unknown as Message);
    const closed = this.#wire.closed.then(() => 'the connection was closed');
    const reply = await within(Promise.race([answered, closed]), PATIENCE, 'no answer');
    if (typeof reply === 'string') throw new Disappointment(`${type}: ${this.#wire.fault ?? reply}`);
    expectThat(
      reply.type === 'Rlerror' || reply.type === type.replace('T', 'R'),
      `${type} was answered by ${reply.type}`,
    );
    return reply as ReplyTo<T> | MessageOf<'Rlerror'>;
  }

  #take(reply: Message): void {
    const waiting = this.#waiting.get(reply.tag);
    this.#waiting.delete(reply.tag);
    if (waiting) waiting(reply);
    else this.fault ??= `a ${reply.type} that nobody asked for (tag ${reply.tag})`;
  }
}

function expectThat(condition: boolean, otherwise: string): void {
  if (!condition) throw new Disappointment(otherwise);
}

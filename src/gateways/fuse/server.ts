/** A tree as a Linux file system: takes what the kernel asks, and sees to it that each request is answered once, in time. */
import type { File } from '../../file/index.ts';
import { Call } from './call.ts';
import type { FuseDevice, Handler as MessageHandler } from './device/index.ts';
import { EINTR, EIO, errnoOf, isFault, isOfTheWay } from './errors.ts';
import { settingsOf, type FuseOptions, type Settings } from './options.ts';
import type { Answer, Handler, Op } from './requests/context.ts';
import { HANDLERS } from './requests/index.ts';
import { Session } from './session.ts';
import { Silence } from './silence.ts';
import { Users } from './users.ts';
import { negotiate } from './wire/init.ts';
import { parseRequest } from './wire/parse.ts';
import { emptyReply, errorReply, finish, headerFor, recycle } from './wire/reply.ts';
import type { FuseRequest, RequestFor } from './wire/request.ts';

/** Bytes of a write that are copied, rather than have a whole buffer kept for them. */
const COPIED = 65_536;

/** Milliseconds that a call goes on which somebody wants to end, though it needs no waiting for. */
const GRACE = 1000;

/** Milliseconds that a call has to end when it was aborted. */
const ENDING = 200;

type Served = Extract<FuseRequest, { readonly op: Op }>;

export class FuseServer implements AsyncDisposable {
  readonly #settings: Settings;
  readonly #device: FuseDevice;
  readonly #session: Session;
  readonly #silence: Silence;
  readonly #users: Users;
  /** Calls that have not been answered yet, the oldest first. */
  readonly #flight = new Map<number, { readonly call: Call; readonly q: Served }>();
  readonly #closed: Promise<Error | undefined>;
  readonly #ready: Promise<void>;
  #isReady!: () => void;
  #watch: NodeJS.Timeout | undefined;

  /** @param open - the way to the kernel, who asks the handler */
  constructor(root: File, open: (handler: MessageHandler) => FuseDevice, options: FuseOptions) {
    this.#settings = settingsOf(options);
    this.#users = new Users(options.user);
    this.#ready = new Promise((resolve) => (this.#isReady = resolve));
    this.#device = open((message) => this.#handle(message));
    this.#session = new Session(root, this.#device, this.#settings);
    this.#silence = new Silence(this.#session);
    this.#closed = this.#device.closed().then(async (error) => {
      clearInterval(this.#watch);
      for (const { call } of this.#flight.values()) {
        call.answered = true;
        call.abort();
      }
      await this.#session.close();
      return error;
    });
  }

  /** How many files the kernel knows, how many of those are held at their trees, and how many opens there are. */
  get size(): { readonly known: number; readonly held: number; readonly opens: number } {
    const { nodes, opens } = this.#session;
    return { ...nodes.size, opens: opens.size };
  }

  /** The kernel and we have agreed on how to go on. */
  ready(): Promise<void> {
    return this.#ready;
  }

  /** Resolves when the file system was unmounted, or this was closed; with what went wrong, if anything did. */
  closed(): Promise<Error | undefined> {
    return this.#closed;
  }

  /** Ends it: what is being asked fails. A mount that is still there answers ENOTCONN from then on. */
  async close(): Promise<void> {
    // A notification may wait for one of them, in the kernel, where nobody could end it.
    for (const { call } of this.#flight.values()) this.#giveUp(call, EIO);
    this.#device.close();
    await this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #handle(message: Uint8Array): void | Promise<void> {
    const q = parseRequest(message);
    this.#settings.debug?.(`${q.unique} ${describe(q)}`);
    switch (q.op) {
      case 'init':
        return this.#begin(q);
      case 'forget':
        for (const { node, lookups } of q.forgets) this.#session.nodes.forget(node, lookups);
        return;
      case 'interrupt':
        return this.#interrupt(q.request);
      case 'destroy':
        return this.#send(q.unique, emptyReply());
      case 'unknown':
        return this.#refuse(q.unique, q.errno);
      default:
        return this.#serve(q);
    }
  }

  #begin(q: RequestFor<'init'>): void {
    const { cache, log } = this.#settings;
    const result = negotiate(q, { readDirPlus: cache !== 'none', cacheSymlinks: cache === 'loose' });
    if ('errno' in result) {
      log(`this kernel speaks FUSE ${q.major}.${q.minor}: Linux 5.4 or later is needed`);
      return this.#refuse(q.unique, result.errno);
    }
    this.#send(q.unique, result.reply);
    if (result.agreed) this.#isReady();
  }

  #serve(q: Served): void | Promise<void> {
    const node = this.#session.nodes.find(q.node);
    // What ends must end.
    if (this.#silence.of(node) && q.op !== 'release' && q.op !== 'flush') {
      return this.#refuse(q.unique, EIO);
    }
    const call = new Call(q, this.#users.of(q), performance.now());
    const kept = q.op === 'write' && !this.#isPrompt(q.open);
    const copied = kept && q.data.length <= COPIED;
    const asked = copied ? { ...q, data: q.data.slice() } : q;
    try {
      const answer = (HANDLERS[q.op] as Handler<Op>)(this.#session, asked, call);
      if (!(answer instanceof Promise)) return this.#send(q.unique, answer);
      const done = this.#await(asked, call, answer);
      return kept && !copied ? done : undefined;
    } catch (error) {
      this.#fail(q, call, error);
    }
  }

  #isPrompt(open: number): boolean {
    const found = this.#session.opens.find(open);
    return found !== undefined && !found.stream && found.chan.opened?.prompt === true;
  }

  async #await(q: Served, call: Call, answer: Promise<Answer>): Promise<void> {
    this.#flight.set(q.unique, { call, q });
    this.#watch ??= setInterval(() => this.#endOverdue(), Math.min(250, this.#settings.timeout / 4));
    try {
      const ready = await answer;
      if (call.answered) call.takeBack();
      else this.#send(q.unique, ready);
    } catch (error) {
      if (call.answered) call.takeBack();
      else this.#fail(q, call, error);
    } finally {
      this.#over(call);
    }
  }

  #over(call: Call): void {
    call.answered = true;
    this.#flight.delete(call.unique);
    if (this.#flight.size > 0) return;
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  #send(unique: number, answer: Answer): void {
    this.#settings.debug?.(`${unique} done`);
    if (answer instanceof Uint8Array) {
      this.#device.send(finish(answer, unique));
      recycle(answer);
    } else if ('errno' in answer) {
      this.#refuse(unique, answer.errno);
    } else {
      this.#device.sendParts(headerFor(unique, answer.data.length), answer.data);
    }
  }

  #fail(q: Served, call: Call, error: unknown): void {
    const errno = errnoOf(error);
    this.#settings.debug?.(`${q.unique} errno ${errno}: ${String(error)}`);
    if (isFault(error))
      this.#settings.log(`${q.op}: ${error instanceof Error ? error.stack : String(error)}`);
    const node = this.#session.nodes.find(q.node);
    if (isOfTheWay(error) && node && !this.#settings.hard) this.#silence.begin(node);
    this.#refuse(q.unique, errno);
    call.answered = true;
    call.takeBack();
  }

  /** Answers with an error. Should the kernel not take even that, there is nothing more to be said. */
  #refuse(unique: number, errno: number): void {
    try {
      this.#device.send(errorReply(unique, errno));
    } catch (error) {
      this.#settings.log(`the kernel takes no answer: ${String(error)}`);
    }
  }

  /** Answers for a call that goes on, and has it end. */
  #giveUp(call: Call, errno: number): void {
    if (call.answered) return;
    this.#over(call);
    this.#refuse(call.unique, errno);
    call.abort();
  }

  /**
   * Somebody was sent a signal. Who waits for news is let go at once. Everything else is done in a moment, and the program
   * does not expect to be interrupted there; but if it takes longer, it may be that the process is to die.
   */
  #interrupt(unique: number): void {
    const call = this.#flight.get(unique)?.call;
    if (!call || call.interrupted) return;
    call.interrupted = true;
    const abort = (): void => {
      if (call.answered) return;
      call.abort();
      setTimeout(() => this.#giveUp(call, EINTR), ENDING);
    };
    if (call.patience === 'bounded') setTimeout(abort, GRACE);
    else abort();
  }

  #endOverdue(): void {
    const { timeout, hard } = this.#settings;
    const overdue = performance.now() - timeout;
    for (const { call, q } of this.#flight.values()) {
      if (call.began > overdue) return;
      if (call.patience === 'waits' || (hard && call.patience === 'bounded')) continue;
      const node = this.#session.nodes.find(q.node);
      if (node && !hard) this.#silence.begin(node);
      this.#giveUp(call, EIO);
    }
  }
}

/** A request in a line, for whoever looks on. */
function describe({ op, node, uid, pid, ...rest }: FuseRequest): string {
  const fields = Object.entries(rest).filter(([name]) => name !== 'unique' && name !== 'gid');
  const shown = fields.map(([name, value]) => `${name} ${show(value)}`);
  return [op, `node ${node}`, ...shown, `uid ${uid} pid ${pid}`].join(' ');
}

function show(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === 'bigint') return `${value}`;
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}` : part)) ?? 'none';
}

/** The other end of a namespace's control tree: what commands tell the process that holds it, and ask of it. */
import { setTimeout as delay } from 'node:timers/promises';
import { Fid, attach } from '../client/index.ts';
import { codeOf } from '../file/index.ts';
import { processUser } from '../owner.ts';
import { connect } from '../transport/index.ts';
import type { Home } from './home.ts';
import { BUSY, READY, launch } from './launch.ts';
import { readOutcome } from './outcome.ts';
import { readStatus, type Status } from './status.ts';

/** Milliseconds that a process has to be there, with all attempts to start one. */
const START_TIME = 10_000;
/** Milliseconds between two looks at one that is just starting, or ending. */
const LOOK_AGAIN = 25;

export class Control implements AsyncDisposable {
  /** The process was started by this command. */
  readonly started: boolean;
  readonly #root: Fid;
  readonly #ended: Promise<unknown>;

  private constructor(root: Fid, ended: Promise<unknown>, started: boolean) {
    this.#root = root;
    this.#ended = ended;
    this.started = started;
  }

  /** Undefined if no process holds the namespace. */
  static async find(home: Home, signal?: AbortSignal, started = false): Promise<Control | undefined> {
    const limits = signal ? { signal } : {};
    try {
      const stream = await connect(`unix://${home.ctl}`, limits);
      const file = await attach(stream, { ...limits, user: processUser() });
      return new Control(new Fid(file, limits), file.tree.connection.closed(), started);
    } catch (error) {
      if (isNobody(error)) return undefined;
      throw error;
    }
  }

  /** Starts a process for the namespace if there is none. */
  static async open(home: Home, signal?: AbortSignal): Promise<Control> {
    const deadline = performance.now() + START_TIME;
    for (let answer = ''; performance.now() < deadline;) {
      const control = await Control.find(home, signal, answer === READY);
      if (control) return control;
      answer = await launch(home);
      // Another one has the lock: it is on its way up, or on its way out.
      if (answer === BUSY) await delay(LOOK_AGAIN, undefined, { signal });
      else if (answer !== READY) throw cannotStart(home, answer);
    }
    throw cannotStart(home, `the process that holds it does not answer; ${home.log} may say why`);
  }

  /**
   * Has one command of a namespace file carried out.
   *
   * @throws FileError with the words of the error, which may be longer than 9P's own errors can be.
   */
  async run(line: string): Promise<void> {
    await using fid = await this.#root.walk('run');
    await fid.open('r+');
    await fid.write(`${line}\n`);
    readOutcome(new TextDecoder().decode(await fid.read({ offset: 0 })));
  }

  /** The commands that make the namespace again. */
  script(): Promise<string> {
    return this.#root.readText('ctl');
  }

  /** The commands of the namespace before this one. */
  last(): Promise<string> {
    return this.#root.readText('last');
  }

  /** Leaves of the commands of the namespace before this one those that could not be carried out. */
  setLast(script: string): Promise<void> {
    // What is not written is not committed: an empty line says that nothing is left.
    return this.#root.writeFile('last', script || '\n');
  }

  async status(): Promise<Status> {
    return readStatus(await this.#root.readText('status'));
  }

  /** The end of the process when nobody has used it for a time: `30m`, or `never`. */
  idle(time: string): Promise<void> {
    return this.#root.writeFile('ctl', `idle ${time}\n`);
  }

  /** Ends the process; resolves when it has given up its mounts. */
  async stop(): Promise<void> {
    await this.#root.writeFile('ctl', 'stop\n');
    await this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#root.close();
  }
}

/** Whether a connection failed because nobody listens on the socket, or no longer. */
export function isNobody(error: unknown): boolean {
  return ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(codeOf(error));
}

function cannotStart({ name }: Home, why: string): Error {
  return Object.assign(new Error(`cannot start the namespace ${name}: ${why}`), { code: 'EIO' });
}

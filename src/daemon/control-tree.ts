/** The control of a namespace as a tree: the owner's alone, and no part of any tree that is served. */
import {
  FileError,
  SYNTHETIC,
  dir,
  newQid,
  stream,
  syntheticAttr,
  text,
  type File,
  type OpenFile,
  type Request,
} from '../file/index.ts';
import { readCommands, type Subject } from './commands.ts';
import { DONE, failed } from './outcome.ts';
import { formatStatus } from './status.ts';

const OWN = { mode: 0o600 };
const OWN_READ_ONLY = { mode: 0o400 };

export function controlTree(subject: Subject): File {
  const { holding, idle } = subject;
  const { memory } = holding;
  return dir(
    {
      ctl: commandFile(() => new OpenCtl(subject)),
      run: commandFile(() => new OpenRun(subject)),
      status: text(() => formatStatus({ ...holding.status(), idle: idle.text }), OWN_READ_ONLY),
      events: stream((signal) => holding.events(signal), OWN_READ_ONLY),
      last: text(() => memory.last, { ...OWN, write: (script) => void (memory.last = script) }),
    },
    { mode: 0o700 },
  );
}

/** A file that is written in commands. What `>` does to it before it writes says nothing. */
function commandFile(open: () => OpenFile): File {
  const attr = syntheticAttr('file', 'synthetic', OWN.mode);
  return { qid: newQid(), tree: SYNTHETIC, attr: () => attr, open, change: () => undefined };
}

/** A command file in use. The end of the process, if it was asked for, comes when the asker is done with the file. */
abstract class OpenCommands implements OpenFile {
  readonly #subject: Subject;
  #stops = false;

  readonly #stop: () => void;

  constructor(subject: Subject) {
    this.#stop = subject.stop;
    this.#subject = { ...subject, stop: () => void (this.#stops = true) };
  }

  close(): void {
    if (this.#stops) this.#stop();
  }

  abstract take(offset: number, count: number): Uint8Array;
  abstract write(offset: number, data: Uint8Array, r: Request): Promise<number>;

  protected async perform(data: Uint8Array, { signal }: Request): Promise<void> {
    for (const work of readCommands(new TextDecoder().decode(data), this.#subject)) await work(signal);
  }
}

/** Read, it gives the commands that make the namespace again, as they were when it was opened. */
class OpenCtl extends OpenCommands {
  readonly #script: Uint8Array;

  constructor(subject: Subject) {
    super(subject);
    this.#script = new TextEncoder().encode(subject.holding.script());
  }

  take(offset: number, count: number): Uint8Array {
    return this.#script.subarray(offset, offset + count);
  }

  async write(_offset: number, data: Uint8Array, r: Request): Promise<number> {
    await this.perform(data, r);
    return data.length;
  }
}

/** A write succeeds when its commands are over; read, it gives what became of them. */
class OpenRun extends OpenCommands {
  #outcome: Uint8Array | undefined;

  take(offset: number, count: number): Uint8Array {
    if (!this.#outcome) throw new FileError('EINVAL', 'a command is to be written first');
    return this.#outcome.subarray(offset, offset + count);
  }

  async write(_offset: number, data: Uint8Array, r: Request): Promise<number> {
    const outcome = await this.perform(data, r).then(() => DONE, failed);
    this.#outcome = new TextEncoder().encode(outcome);
    return data.length;
  }
}

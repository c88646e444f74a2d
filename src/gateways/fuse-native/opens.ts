/** The files that are open, by the number that libfuse was given. */
import { FileError, type Awaitable, type Chan, type Request, type User } from '../../file/index.ts';
import type { Call } from '../fuse/call.ts';
import { Stream } from '../fuse/stream.ts';
import type { Outcome } from './calls.ts';

interface Open {
  readonly chan: Chan;
  readonly stream: Stream | undefined;
  /** What it acknowledged, it has: nothing is left to be committed. */
  readonly plain: boolean;
  /** Something was written that no flush has followed. */
  dirty: boolean;
}

export class Opens {
  readonly #user: User;
  readonly #opens = new Map<number, Open>();
  #lastId = 0;

  constructor(user: User) {
    this.#user = user;
  }

  /** Takes a Chan over that `open` opens. @returns its number */
  async add(chan: Chan, call: Call, open: () => Awaitable<void>): Promise<number> {
    try {
      await open();
      const { nature } = await chan.attr(call);
      // Nobody would release it.
      if (call.answered) throw new FileError('EINTR');
      const stream = nature === 'stream' ? new Stream(chan, this.#user, () => undefined) : undefined;
      this.#opens.set(++this.#lastId, { chan, stream, plain: nature === 'plain', dirty: false });
      return this.#lastId;
    } catch (error) {
      await chan.close('lost', call);
      throw error;
    }
  }

  async read(
    call: Call,
    _path: string,
    id: number,
    into: Uint8Array,
    count: number,
    offset: number,
  ): Promise<Outcome> {
    const { chan, stream } = this.#get(id);
    if (stream) call.patience = 'waits';
    const data = await (stream ? stream.read(count, call) : chan.take(offset, count, call));
    // Once it was answered, the room is not there any more.
    if (!call.answered) into.set(data);
    return [data.length];
  }

  async write(
    call: Call,
    _path: string,
    id: number,
    data: Uint8Array,
    _count: number,
    offset: number,
  ): Promise<Outcome> {
    const open = this.#get(id);
    open.dirty = true;
    // What was given up is still being written when libfuse has taken its memory back.
    const kept = Buffer.from(data);
    return [await (open.stream ? open.stream.write(kept, call) : open.chan.write(offset, kept, call))];
  }

  async ftruncate(call: Call, _path: string, id: number, size: number): Promise<void> {
    const open = this.#get(id);
    open.dirty = true;
    await open.chan.change({ size }, call);
  }

  async flush(call: Call, _path: string, id: number): Promise<void> {
    const open = this.#get(id);
    call.patience = 'closing';
    if (!open.dirty || open.plain) return;
    open.dirty = false;
    await open.chan.flush(call);
  }

  async fsync(call: Call, _path: string, dataOnly: number, id: number): Promise<void> {
    const open = this.#get(id);
    await open.chan.sync(dataOnly !== 0, call);
    open.dirty = false;
  }

  async release(call: Call, _path: string, id: number): Promise<void> {
    const { chan, stream } = this.#get(id);
    this.#opens.delete(id);
    stream?.end();
    await chan.close('clunk', call);
  }

  async close(r: Request): Promise<void> {
    const all = [...this.#opens.values()];
    this.#opens.clear();
    for (const { stream } of all) stream?.end();
    await Promise.allSettled(all.map(async ({ chan }) => chan.close('lost', r)));
  }

  #get(id: number): Open {
    const open = this.#opens.get(id);
    if (!open) throw new FileError('EBADF');
    return open;
  }
}

/** An open regular file of the host. */
import { codeOf, type Awaitable, type Lock, type LockRequest } from '../../file/index.ts';
import { allocate, preadv2, readCached, seek } from '../../host/index.ts';
import { readLater, readPrompt, writeLater, writePrompt } from './calls.ts';
import { OpenHost } from './open.ts';

/**
 * Bytes up to which a transfer between memory and the page cache is done at once: a thread would take longer to hear of
 * it than to do it, and above that has other work done meanwhile.
 */
const PROMPT = 262_144;
/** The same for a read that may have to wait for the disk. */
const PROMPT_UNKNOWN = 65_536;

export class OpenHostFile extends OpenHost {
  /** The file system can tell what is in memory; where it cannot, the first read says so. */
  #tells = preadv2.available;
  #locked = false;

  read(offset: number, into: Uint8Array): Awaitable<number> {
    if (this.#tells && into.length <= PROMPT) {
      const length = this.#readCached(offset, into);
      if (length !== undefined) return length;
    }
    if (!this.#tells && into.length <= PROMPT_UNKNOWN) return this.#readPrompt(offset, into);
    return this.running(this.#readLater(offset, into));
  }

  write(offset: number, data: Uint8Array): Awaitable<number> {
    if (data.length > PROMPT) return this.running(this.#writeLater(offset, data));
    let done = 0;
    try {
      while (done < data.length) done += writePrompt(this.fd, data, done, offset + done);
    } catch (error) {
      return partOr(done, error);
    }
    return done;
  }

  lock(request: LockRequest): boolean {
    const taken = this.tree.locks.set(this.node.qid.path, this.fd, request, this);
    this.#locked ||= taken;
    return taken;
  }

  getLock(request: LockRequest): Lock | undefined {
    return this.tree.locks.conflict(this.node.qid.path, this.fd, request);
  }

  allocate(offset: number, length: number, keepSize: boolean): void {
    this.tree.checkWritable();
    allocate(this.fd, offset, length, keepSize ? 'keep-size' : 'extend');
  }

  seek(offset: number, what: 'data' | 'hole'): number {
    return seek(this.fd, offset, what);
  }

  protected override end(): void {
    if (this.#locked) this.tree.locks.release(this.node.qid.path, this);
    super.end();
  }

  /** Undefined if some of it is on disk, or nobody knows. */
  #readCached(offset: number, into: Uint8Array): number | undefined {
    try {
      let done = 0;
      while (done < into.length) {
        const length = readCached(this.fd, done === 0 ? into : into.subarray(done), offset + done);
        if (length < 0) return undefined;
        if (length === 0) break;
        done += length;
      }
      return done;
    } catch (error) {
      if (codeOf(error) !== 'EOPNOTSUPP') throw error;
      this.#tells = false;
      return undefined;
    }
  }

  #readPrompt(offset: number, into: Uint8Array): number {
    let done = 0;
    while (done < into.length) {
      const length = readPrompt(this.fd, into, done, offset + done);
      if (length === 0) break;
      done += length;
    }
    return done;
  }

  async #readLater(offset: number, into: Uint8Array): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const length = await readLater(this.fd, into, done, offset + done);
      if (length === 0) break;
      done += length;
    }
    return done;
  }

  async #writeLater(offset: number, data: Uint8Array): Promise<number> {
    let done = 0;
    try {
      while (done < data.length) done += await writeLater(this.fd, data, done, offset + done);
    } catch (error) {
      return partOr(done, error);
    }
    return done;
  }
}

/** As write(2): what was written counts, and the error comes with the next write. */
function partOr(done: number, error: unknown): number {
  if (done > 0) return done;
  throw error;
}

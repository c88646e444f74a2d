import { after, type Awaitable } from './awaitable.ts';
import { FileError } from './errors.ts';
import type { CloseReason, File, OpenFile, Request, SavedOpen } from './file.ts';
import type { OpenMode } from './mode.ts';
import { SYNTHETIC, newQid, syntheticAttr, type Access } from './synthetic.ts';

/** A text, or what makes it. It is made once, at open: every fid sees one consistent version. */
export type Text = string | ((r: Request) => Awaitable<string>);

/** Takes a text that was written whole; what it throws is the error of the clunk. */
export type Commit = (text: string, r: Request) => Awaitable<void>;

export interface TextOptions extends Access {
  /** The file can be written: called with the new text at clunk, and at a flush that follows writes. */
  readonly write?: Commit;
  /** Bytes that a written text may have; 1 MiB if not given. */
  readonly limit?: number;
}

const LIMIT = 1 << 20;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * A text file. A function is asked at each open. With `write`, what was written is committed as one text when the
 * writer is done; setting the length to 0 succeeds and by itself does nothing, as `echo x >file` needs it.
 */
export function text(content: Text, options: TextOptions = {}): File {
  const { write, limit = LIMIT, ...access } = options;
  // What commits at clunk says nothing of its size, as a ctl file does not: a client takes it for no plain file.
  const size = typeof content === 'string' && !write ? encoder.encode(content).length : 0;
  const attr = syntheticAttr('file', 'synthetic', write ? 0o644 : 0o444, access, size);
  const make = (r: Request): Awaitable<Uint8Array> =>
    after(typeof content === 'string' ? content : content(r), (made) => encoder.encode(made));
  return {
    qid: newQid(),
    tree: SYNTHETIC,
    attr: () => attr,
    open(mode: OpenMode, r: Request): Awaitable<OpenFile> {
      if (mode.write && !write) throw new FileError('EACCES');
      if (mode.truncate && mode.write) return new OpenText(new Uint8Array(0), write, limit, mode.append);
      return after(make(r), (bytes) => new OpenText(bytes, write, limit, mode.append));
    },
    restore: (saved) => OpenText.restore(saved, write, limit),
    ...(write && { change: (change) => truncateOnly(change.size) }),
  };
}

/** What `>` does to a synthetic file before it writes: nothing. */
export function truncateOnly(size: number | undefined): void {
  if (size !== undefined && size !== 0)
    throw new FileError('EINVAL', 'only support truncation to zero length');
}

class OpenText implements OpenFile {
  readonly prompt = true;
  #bytes: Uint8Array;
  #length: number;
  #dirty = false;
  readonly #commit: Commit | undefined;
  readonly #limit: number;
  readonly #append: boolean;

  constructor(bytes: Uint8Array, commit: Commit | undefined, limit: number, append: boolean) {
    this.#bytes = bytes;
    this.#length = bytes.length;
    this.#commit = commit;
    this.#limit = limit;
    this.#append = append;
  }

  static restore(saved: SavedOpen, commit: Commit | undefined, limit: number): OpenText {
    const open = new OpenText(encoder.encode(String(saved['text'])), commit, limit, saved['append'] === true);
    open.#dirty = saved['dirty'] === true;
    return open;
  }

  read(offset: number, into: Uint8Array): number {
    const part = this.#bytes.subarray(
      Math.min(offset, this.#length),
      Math.min(offset + into.length, this.#length),
    );
    into.set(part);
    return part.length;
  }

  write(offset: number, data: Uint8Array): number {
    const at = this.#append ? this.#length : offset;
    const end = at + data.length;
    if (end > this.#limit) throw new FileError('EFBIG', `a text of more than ${this.#limit} bytes`);
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(this.#limit, Math.max(end, 2 * this.#bytes.length)));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(data, at);
    this.#length = Math.max(this.#length, end);
    this.#dirty = true;
    return data.length;
  }

  change(change: { readonly size?: number }): void {
    truncateOnly(change.size);
    if (change.size !== 0) return;
    // What was there must not come back in a gap that is written over.
    this.#bytes = new Uint8Array(0);
    this.#length = 0;
  }

  sync(_dataOnly: boolean, r: Request): Awaitable<void> {
    return this.flush(r);
  }

  flush(r: Request): Awaitable<void> {
    if (!this.#dirty) return undefined;
    this.#dirty = false;
    return this.#commit!(this.#text, r);
  }

  save(): SavedOpen {
    return { text: this.#text, dirty: this.#dirty, append: this.#append };
  }

  /** A text that was cut off in the middle is not committed. */
  close(reason: CloseReason, r: Request): Awaitable<void> {
    return reason === 'clunk' ? this.flush(r) : undefined;
  }

  get #text(): string {
    return decoder.decode(this.#bytes.subarray(0, this.#length));
  }
}

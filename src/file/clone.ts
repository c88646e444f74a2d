import { after, rescue, type Awaitable } from './awaitable.ts';
import { dir } from './dir.ts';
import { FileError } from './errors.ts';
import type { File, OpenFile, Request } from './file.ts';
import { openWith } from './open-with.ts';
import { SYNTHETIC, newQid, syntheticAttr, type Access } from './synthetic.ts';

/** What opening a clone file makes: the files of a new numbered directory. */
export interface Conversation {
  /** `ctl` is the one that the clone file's opener gets. */
  readonly files: Readonly<Record<string, File>> & { readonly ctl: File };
  /** Called when the last open of any of the files has ended: the directory is gone then. */
  readonly ended?: () => Awaitable<void>;
}

export interface CloneOptions extends Access {
  /** Conversations at a time; 4096 if not given. */
  readonly limit?: number;
}

/**
 * A directory with a file `clone`: opening it makes a new numbered directory and gives the fid that directory's `ctl`.
 * A conversation lasts as long as any of its files is open (ip(3)).
 */
export function clone(
  make: (number: number, r: Request) => Awaitable<Conversation>,
  options: CloneOptions = {},
): File {
  const { limit = 4096, ...access } = options;
  const entries = new Map<string, File>();
  const attr = syntheticAttr('file', 'synthetic', 0o666, access);
  const free = (): number => {
    let number = 0;
    while (entries.has(String(number))) number++;
    return number;
  };
  entries.set('clone', {
    qid: newQid(),
    tree: SYNTHETIC,
    attr: () => attr,
    change: () => undefined,
    open(mode, r) {
      if (entries.size > limit) throw new FileError('EAGAIN', `${limit} conversations are open`);
      const number = free();
      const name = String(number);
      // Taken before the maker is asked, who may need time.
      entries.set(name, dir({}));
      const failed = (error: unknown): never => {
        entries.delete(name);
        throw error;
      };
      const made = rescue(() => make(number, r), failed);
      return after(made, ({ files, ended }) => {
        const use = new Use(() => {
          entries.delete(name);
          return ended?.();
        });
        const counted = Object.fromEntries(
          Object.entries(files).map(([file, inner]) => [file, new CountedFile(inner, use)]),
        );
        entries.set(name, dir(counted));
        const ctl = counted['ctl'];
        const opened = rescue(
          () => ctl.open(mode, r),
          (error) =>
            after(use.giveUp(), () => {
              throw error;
            }),
        );
        return after(opened, (open) => ({ ...open, file: ctl }));
      });
    },
  });
  return dir(entries, access.owner === undefined ? {} : { owner: access.owner });
}

/** Counts the opens of a conversation's files. */
class Use {
  #opens = 0;
  readonly #ended: () => Awaitable<void>;

  constructor(ended: () => Awaitable<void>) {
    this.#ended = ended;
  }

  begin(): void {
    this.#opens++;
  }

  end(): Awaitable<void> {
    this.#opens--;
    return this.giveUp();
  }

  /** Ends the conversation if nobody has any of its files open. */
  giveUp(): Awaitable<void> {
    return this.#opens === 0 ? this.#ended() : undefined;
  }
}

/** A File that passes everything on and counts its opens. */
class CountedFile implements File {
  readonly #inner: File;
  readonly #use: Use;

  constructor(inner: File, use: Use) {
    this.#inner = inner;
    this.#use = use;
  }

  get qid(): File['qid'] {
    return this.#inner.qid;
  }

  get tree(): object {
    return this.#inner.tree;
  }

  attr(r: Request): ReturnType<File['attr']> {
    return this.#inner.attr(r);
  }

  change(...args: Parameters<NonNullable<File['change']>>): Awaitable<void> {
    if (!this.#inner.change) throw new FileError('EOPNOTSUPP');
    return this.#inner.change(...args);
  }

  open(...args: Parameters<NonNullable<File['open']>>): Awaitable<OpenFile> {
    if (!this.#inner.open) throw new FileError('EOPNOTSUPP');
    return after(this.#inner.open(...args), (open) => {
      this.#use.begin();
      return openWith(open, {
        close: (reason, closing) => after(open.close?.(reason, closing), () => this.#use.end()),
      });
    });
  }
}

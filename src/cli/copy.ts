/** Copying, one thing after the other; what fails is told, and the rest is copied all the same. */
import type { Fid, FidError } from '../client/index.ts';
import { FileError, codeOf, type Attr } from '../file/index.ts';
import { Failures } from './each.ts';
import { CommandError, isFidError } from './failure.ts';
import type { Place } from './place.ts';
import { Progress } from './progress.ts';
import { commit, openTarget } from './target.ts';

/** Files of one directory that are copied at a time: most of a small one's time is spent waiting. */
const AT_ONCE = 4;
/** Without these nothing can be put into a directory that is being copied. */
const USABLE = 0o700;

export interface CopyOptions {
  /** Directories too; symbolic links as links. */
  readonly recursive: boolean;
  /** Modes and times. */
  readonly preserve: boolean;
}

export class Copier {
  readonly #options: CopyOptions;
  readonly #failures = new Failures();
  readonly #progress = new Progress();
  readonly #umask = process.umask();

  constructor(options: CopyOptions) {
    this.#options = options;
  }

  /** Copies something to a place of its own. */
  async copy(from: Place, to: Place): Promise<void> {
    await this.#orTell(async () => {
      const attr = await from.attempt('copy', () => this.#look(from));
      if (attr.type === 'dir') this.#checkDir(from, to);
      if (attr.type === 'file') this.#progress.expect(attr.size);
      await this.#one(from, to, attr);
    });
  }

  /** @throws Told if anything could not be copied. */
  finish(): void {
    this.#failures.check();
  }

  [Symbol.dispose](): void {
    this.#progress.clear();
  }

  async #look(from: Place): Promise<Attr> {
    await using fid = await (this.#options.recursive ? from.walk() : from.find());
    return fid.stat();
  }

  #checkDir(from: Place, to: Place): void {
    if (!this.#options.recursive) {
      throw new CommandError(
        'copy',
        from.text,
        new FileError('EISDIR', 'is a directory; ns cp -r copies directories'),
      );
    }
    if (to.isWithin(from)) {
      const text = `cannot copy ${from.text} into itself, to ${to.text}`;
      throw new FileError('EINVAL', text);
    }
  }

  async #orTell(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#progress.clear();
      this.#failures.add(error);
    }
  }

  async #one(from: Place, to: Place, attr: Attr): Promise<void> {
    if (attr.type === 'dir') await this.#dir(from, to, attr);
    else if (attr.type === 'symlink') await this.#link(from, to);
    else if (attr.type === 'file' || !this.#options.recursive) await this.#file(from, to, attr);
    else
      throw new CommandError(
        'copy',
        from.text,
        new FileError('EINVAL', `it is a ${attr.type}, which has no content to copy`),
      );
  }

  async #dir(from: Place, to: Place, attr: Attr): Promise<void> {
    // Before the copy is made: it may be in there.
    const { entries, failures } = await from.attempt('list', () => entriesOf(from));
    const { dir, made } = await to.attempt('make the directory', () =>
      makeDir(to, this.#permOf(attr) | USABLE),
    );
    const isDir = ([, { type }]: (typeof entries)[number]): boolean => type === 'dir';
    for (const [, { type, size }] of entries) if (type === 'file') this.#progress.expect(size);
    const copy = ([name, child]: (typeof entries)[number]): Promise<void> =>
      this.#orTell(() => this.#one(from.below(name), dir.below(name), child));
    await atOnce(
      AT_ONCE,
      entries.filter((entry) => !isDir(entry)),
      copy,
    );
    for (const entry of entries.filter(isDir)) await copy(entry);
    for (const [name, failure] of failures) {
      await this.#orTell(() => from.below(name).attempt('copy', () => Promise.reject(failure)));
    }
    const mode = this.#permOf(attr);
    const wanted = this.#options.preserve
      ? preserved(attr)
      : made && (mode & USABLE) !== USABLE
        ? { mode }
        : undefined;
    if (wanted) await dir.attempt('change', (root) => root.change(dir.path, wanted));
  }

  async #link(from: Place, to: Place): Promise<void> {
    const target = await from.attempt('copy', (root) => root.readlink(from.path));
    await to.attempt('make the symbolic link', async (root) => {
      try {
        await root.symlink(to.path, target);
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
        await removeFile(to);
        await root.symlink(to.path, target);
      }
    });
  }

  async #file(from: Place, to: Place, attr: Attr): Promise<void> {
    await using source = await from.attempt('copy', () => openSource(from));
    const check = (existing: Fid): void => {
      const same = from.tree === to.tree && existing.qid.path === source.qid.path;
      if (same) throw new FileError('EINVAL', `it is the same file as ${from.text}`);
    };
    const perm = this.#permOf(attr);
    const target = await to.attempt('write', () => openTarget(to, { perm, check }));
    try {
      await commit(target, async () => {
        await source.copy(target, { progress: this.#progress.file(from.text) });
        if (this.#options.preserve) await target.change('', preserved(attr));
      });
    } catch (error) {
      if (!isFidError(error)) throw error;
      const why = (await from.explain(error)) ?? (await to.explain(error)) ?? error;
      throw new CommandError('copy', `${from.text} to ${to.text}`, why);
    }
  }

  #permOf({ mode }: Attr): number {
    return mode & 0o777 & ~this.#umask;
  }
}

const preserved = ({ mode, atime, mtime }: Attr) => ({ mode, atime, mtime });

interface Entries {
  readonly entries: readonly (readonly [string, Attr])[];
  /** Of those of which nothing can be known. */
  readonly failures: readonly (readonly [string, FidError])[];
}

async function entriesOf(place: Place): Promise<Entries> {
  await using dir = await place.walk();
  const entries: [string, Attr][] = [];
  const failures: [string, FidError][] = [];
  for await (const { name, attr, failure } of dir.list({ stat: true })) {
    if (attr) entries.push([name, attr]);
    if (failure) failures.push([name, failure]);
  }
  return { entries, failures };
}

/** The directory, links being followed; `made` says whether it was not there before. */
async function makeDir(place: Place, perm: number): Promise<{ readonly dir: Place; readonly made: boolean }> {
  try {
    await (await place.root()).mkdir(place.path, { perm });
    return { dir: place, made: true };
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  await using existing = await place.find();
  if (!existing.isDir)
    throw new FileError('ENOTDIR', 'a file has this name; remove it first, or choose another name');
  return { dir: await place.resolved(), made: false };
}

async function removeFile(place: Place): Promise<void> {
  await using existing = await place.walk();
  if (existing.isDir)
    throw new FileError('EISDIR', 'a directory has this name; remove it first, or choose another name');
  await (await place.root()).remove(place.path);
}

async function openSource(place: Place): Promise<Fid> {
  const fid = await place.find();
  try {
    return await fid.open('r');
  } catch (error) {
    await fid.close().catch(() => undefined);
    throw error;
  }
}

/** Works on the items in their order, on several at a time. */
async function atOnce<T>(
  limit: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: limit }, worker));
}

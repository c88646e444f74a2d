/** An open directory of the host. */
import { readdirSync } from 'node:fs';
import { type Entry, type FileType } from '../../file/index.ts';
import { decodeName, getdents, readDirectory, statAt, statDescriptor } from '../../host/index.ts';
import { pathOf } from './calls.ts';
import { OpenHost } from './open.ts';
import { qidType } from './qids.ts';

export class OpenHostDirectory extends OpenHost {
  /** The names as they were at the first list, where the kernel cannot be asked to go on after an entry. */
  #names: readonly string[] | undefined;

  list(cookie: bigint): Iterable<Entry> {
    return getdents.available ? this.#read(cookie) : this.#recall(cookie);
  }

  *#read(cookie: bigint): Generator<Entry, void, void> {
    const { dev, nlink } = statDescriptor(this.fd);
    // It was removed: ext4 then takes no cookie any more.
    if (nlink === 0) return;
    for (const entry of readDirectory(this.fd, cookie)) {
      const type = entry.type ?? statAt(this.fd, entry.name)?.type;
      if (type) yield this.#entry(entry.name, type, dev, entry.ino, entry.cookie);
    }
  }

  *#recall(cookie: bigint): Generator<Entry, void, void> {
    if (cookie === 0n || !this.#names) this.#names = namesIn(this.fd);
    for (const [i, name] of this.#names.entries()) {
      const stat = i < cookie ? undefined : statAt(this.fd, name);
      if (stat) yield this.#entry(name, stat.type, stat.dev, stat.ino, BigInt(i + 1));
    }
  }

  /** The qid makes no promise of a version: that would take a look at every file. */
  #entry(name: string, type: FileType, dev: number, ino: bigint, cookie: bigint): Entry {
    const qid = { type: qidType(type), version: 0, path: this.tree.paths.path(dev, ino) };
    return { name, qid, type, cookie };
  }
}

function namesIn(fd: number): readonly string[] {
  return readdirSync(pathOf(fd), { encoding: 'buffer' }).map((name) => decodeName(name));
}

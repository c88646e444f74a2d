/**
 * The resource `srv:`, after srv(3) of Plan 9: a directory with a file for each service that is posted on this machine.
 * To read one tells of the service, to remove one takes the name away and to rename one changes it, while the server
 * goes on. Posted is by the servers themselves, so nothing is created here.
 */
import {
  FileError,
  READ,
  text,
  type Attr,
  type Entry,
  type File,
  type OpenFile,
  type OpenMode,
  type Qid,
  type Removal,
  type Request,
  type Time,
} from '../../file/index.ts';
import { groupName, userName } from '../../host/index.ts';
import type { BigIntStats } from 'node:fs';
import { lstatSync } from 'node:fs';
import type { Post, Posts } from './posts.ts';

/** `yes`: it speaks 9P. `no`: somebody is there, and does not answer. `gone`: nobody listens any more. */
export type Answer = 'yes' | 'no' | 'gone';

/** Asks the service at a socket whether it is there; does not wait for long, and does not fail. */
export type Probe = (socket: string) => Promise<Answer>;

/** The tree of the services. What is gone is removed when it is met. */
export function srv(posts: Posts, probe: Probe): File {
  return new ServiceDirectory(posts, probe);
}

/** A service, and what it answered when it was looked for. */
interface Found {
  readonly post: Post;
  readonly answer: Exclude<Answer, 'gone'>;
}

class ServiceDirectory implements File {
  readonly tree: object = this;
  readonly qid: Qid;
  readonly create = refuse;
  readonly mkdir = refuse;
  readonly symlink = refuse;
  readonly #posts: Posts;
  readonly #probe: Probe;

  constructor(posts: Posts, probe: Probe) {
    this.#posts = posts;
    this.#probe = probe;
    this.qid = { type: 0x80, version: 0, path: this.#stats().ino };
  }

  attr(): Attr {
    return attrOf('dir', 0o700, this.#stats());
  }

  async walk(name: string): Promise<File | undefined> {
    const post = this.#posts.find(name);
    const found = post && (await this.#ask(post));
    return found && this.#file(found);
  }

  open(): OpenFile {
    let entries: Promise<readonly Entry[]> | undefined;
    const begin = (): Promise<readonly Entry[]> => (entries = this.#entries());
    return {
      // Read on, it goes on with what there was at the start: what vanishes meanwhile moves nothing.
      list: async function* (cookie) {
        const all = await (cookie === 0n ? begin() : (entries ?? begin()));
        yield* all.slice(Number(cookie));
      },
    };
  }

  unlink(name: string, what: Removal): void {
    const post = this.#posts.find(name);
    if (!post) throw new FileError('ENOENT');
    if (what === 'dir') throw new FileError('ENOTDIR');
    this.#posts.remove(post);
  }

  /** Replaces no service that is there, whatever `replace` says: its clients would find another one in its place. */
  async rename(name: string, _to: File, toName: string): Promise<void> {
    const post = this.#posts.find(name);
    if (!post) throw new FileError('ENOENT');
    if (toName === name) return;
    const there = this.#posts.find(toName);
    if (there && (await this.#ask(there))) {
      throw new FileError('EEXIST', `a service '${toName}' is posted already; remove it first`);
    }
    this.#posts.rename(post, toName);
  }

  /** All are asked at once: those that do not answer cost their time together. */
  async #entries(): Promise<readonly Entry[]> {
    const all = await Promise.all(this.#posts.all().map((post) => this.#ask(post)));
    return all
      .filter((found) => found !== undefined)
      .map((found, i) => ({
        name: found.post.name,
        qid: qidOf(found.post),
        type: 'file',
        cookie: BigInt(i + 1),
        attr: serviceAttr(found),
      }));
  }

  /** Undefined for a service that is gone, which is removed. */
  async #ask(post: Post): Promise<Found | undefined> {
    const answer = await this.#probe(post.path);
    if (answer !== 'gone') return { post, answer };
    this.#posts.remove(post);
    return undefined;
  }

  #file(found: Found): File {
    const content = text(() => this.#text(found.post));
    return {
      tree: this,
      qid: qidOf(found.post),
      attr: () => serviceAttr(found),
      open: (mode: OpenMode, r: Request) => (mode.write ? refuse() : content.open!(READ, r)),
    };
  }

  async #text(post: Post): Promise<string> {
    const found = await this.#ask(post);
    if (!found) throw new FileError('ENOENT', 'its server has ended');
    const lines = ['kind srv', ...this.#posts.linesOf(post), `answers ${found.answer}`];
    return lines.map((line) => `${line}\n`).join('');
  }

  #stats(): BigIntStats {
    return lstatSync(this.#posts.directory, { bigint: true });
  }
}

function refuse(): never {
  throw new FileError('EPERM', 'a service is posted by its server: ns serve --post NAME');
}

function qidOf({ stats }: Post): Qid {
  return { type: 0, version: 0, path: stats.ino };
}

/** The owner's `w` says that one can connect, as on the socket itself (unix(7)), and be answered. */
function serviceAttr({ post, answer }: Found): Attr {
  return attrOf('file', answer === 'yes' ? 0o600 : 0o400, post.stats);
}

function attrOf(type: 'file' | 'dir', mode: number, stats: BigIntStats): Attr {
  const [uid, gid] = [Number(stats.uid), Number(stats.gid)];
  return {
    type,
    nature: 'synthetic',
    mode,
    size: 0,
    nlink: 1,
    owner: userName(uid),
    group: groupName(gid),
    uid,
    gid,
    atime: timeOf(stats.atimeNs),
    mtime: timeOf(stats.mtimeNs),
    ctime: timeOf(stats.ctimeNs),
  };
}

function timeOf(nanoseconds: bigint): Time {
  const second = 1_000_000_000n;
  return { sec: Number(nanoseconds / second), nsec: Number(nanoseconds % second) };
}

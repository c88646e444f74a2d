/** Who asks: the kernel gives numbers. */
import { readFileSync } from 'node:fs';
import type { User } from '../../file/index.ts';
import { groupName, groupsOf, userName } from '../../host/users.ts';
import type { Header } from './wire/request.ts';

/** Users that are remembered: a mount has few. */
const MOST = 1024;

/**
 * Another user than the one who serves, or he in another group. The groups of a process are its own, not those of an account: they are read when
 * somebody asks, which is seldom.
 */
class Caller implements User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly serves: boolean;
  readonly #pid: number;
  #gids: readonly number[] | undefined;

  constructor(name: string, { uid, gid, pid }: Header, serves: boolean) {
    this.name = name;
    this.serves = serves;
    this.uid = uid;
    this.gid = gid;
    this.#pid = pid;
  }

  get gids(): readonly number[] {
    return (this.#gids ??= groupsOfProcess(this.#pid) ?? groupsOf(this.name).map(({ gid }) => gid));
  }

  get groups(): readonly string[] {
    return [this.gid, ...this.gids].map(groupName);
  }
}

export class Users {
  readonly #server: User;
  readonly #names = new Map<number, string>();

  /** @param server - whoever serves, who needs no telling who he is */
  constructor(server: User) {
    this.#server = server;
  }

  of(header: Header): User {
    const serves = header.uid === this.#server.uid;
    if (serves && header.gid === this.#server.gid) return this.#server;
    return new Caller(this.#name(header.uid), header, serves);
  }

  #name(uid: number): string {
    let name = this.#names.get(uid);
    if (name === undefined) {
      if (this.#names.size === MOST) this.#names.clear();
      this.#names.set(uid, (name = userName(uid)));
    }
    return name;
  }
}

/** Its supplementary groups (proc(5)). Undefined if it is not there any more, or cannot be seen from here. */
function groupsOfProcess(pid: number): readonly number[] | undefined {
  if (pid === 0) return undefined;
  try {
    const groups = /^Groups:(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return groups?.[1].trim().split(/\s+/).filter(Boolean).map(Number);
  } catch {
    return undefined;
  }
}

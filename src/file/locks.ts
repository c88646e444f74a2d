/** Advisory byte-range locks with POSIX ownership: what fcntl(2) promises, for one file. */

/** Whose lock it is: a process of a client of a session (Tlock's proc_id and client_id). */
export interface LockOwner {
  readonly session: object;
  readonly client: string;
  readonly process: number;
}

export interface LockRange {
  /** Bytes from the start of the file. */
  readonly start: number;
  /** Bytes; 0: to the end, wherever that will be. */
  readonly length: number;
}

export interface LockRequest extends LockRange {
  readonly type: 'read' | 'write' | 'unlock';
  readonly owner: LockOwner;
}

export interface Lock extends LockRange {
  readonly type: 'read' | 'write';
  readonly owner: LockOwner;
}

interface Held {
  readonly type: 'read' | 'write';
  readonly owner: LockOwner;
  /** The open that took it: its locks end with it. */
  readonly holder: object;
  readonly from: number;
  readonly to: number;
}

const sameOwner = (a: LockOwner, b: LockOwner): boolean =>
  a.process === b.process && a.session === b.session && a.client === b.client;

/** What ends beyond any offset is as good as endless. */
function endOf({ start, length }: LockRange): number {
  const end = start + length;
  return length === 0 || end > Number.MAX_SAFE_INTEGER ? Infinity : end;
}

const lengthOf = (held: Held): number => (held.to === Infinity ? 0 : held.to - held.from);

export class LockTable {
  #held: readonly Held[] = [];

  get empty(): boolean {
    return this.#held.length === 0;
  }

  /** Takes or releases the range for the owner; false if another owner's lock conflicts, and nothing has changed. */
  set(request: LockRequest, holder: object): boolean {
    const { type, owner, start: from } = request;
    if (this.conflict(request)) return false;
    const to = endOf(request);
    const kept = this.#held.flatMap((held) => (sameOwner(held.owner, owner) ? cut(held, from, to) : [held]));
    if (type !== 'unlock') kept.push({ type, owner, holder, from, to });
    this.#held = kept;
    return true;
  }

  /** The first lock of another owner that the request would wait for. */
  conflict(request: LockRequest): Lock | undefined {
    if (request.type === 'unlock') return undefined;
    const to = endOf(request);
    const held = this.#held.find(
      (other) =>
        other.from < to &&
        request.start < other.to &&
        (other.type === 'write' || request.type === 'write') &&
        !sameOwner(other.owner, request.owner),
    );
    return held && { type: held.type, owner: held.owner, start: held.from, length: lengthOf(held) };
  }

  /** Ends the locks that were taken through this open. */
  release(holder: object): void {
    if (this.#held.length > 0) this.#held = this.#held.filter((held) => held.holder !== holder);
  }

  /** The strongest lock that anyone holds on each part of the range, in order; parts that nobody holds are left out. */
  strongest(range: LockRange): readonly (LockRange & { readonly type: 'read' | 'write' })[] {
    const to = endOf(range);
    const within = this.#held.flatMap((held) => {
      const part = { ...held, from: Math.max(held.from, range.start), to: Math.min(held.to, to) };
      return part.from < part.to ? [part] : [];
    });
    const edges = [...new Set(within.flatMap((held) => [held.from, held.to]))].toSorted((a, b) => a - b);
    return edges.slice(0, -1).flatMap((from, i) => {
      const over = within.filter((held) => held.from <= from && from < held.to);
      if (over.length === 0) return [];
      const part = { ...over[0], from, to: edges[i + 1] };
      const type = over.some((held) => held.type === 'write') ? 'write' : 'read';
      return [{ type, start: from, length: lengthOf(part) }];
    });
  }
}

/** What is left of a lock when its owner sets another one from `from` to `to`. */
function cut(held: Held, from: number, to: number): readonly Held[] {
  if (to <= held.from || held.to <= from) return [held];
  const left: Held[] = [];
  if (held.from < from) left.push({ ...held, to: from });
  if (to < held.to) left.push({ ...held, from: to });
  return left;
}

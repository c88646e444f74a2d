/** The locks that an open file holds, to be taken again by another one. */
import type { LockOwner, LockRange, LockRequest } from '../../file/index.ts';

export class TakenLocks {
  #locks: readonly LockRequest[] = [];

  /** They are to be taken in this order. */
  get all(): readonly LockRequest[] {
    return this.#locks;
  }

  /** A request has succeeded. */
  note(request: LockRequest): void {
    const kept = this.#locks.flatMap((lock) =>
      sameOwner(lock.owner, request.owner) ? without(lock, request) : [lock],
    );
    this.#locks = request.type === 'unlock' ? kept : [...kept, request];
  }
}

function sameOwner(a: LockOwner, b: LockOwner): boolean {
  return a.process === b.process && a.session === b.session && a.client === b.client;
}

function endOf({ start, length }: LockRange): number {
  return length === 0 ? Infinity : start + length;
}

/** What is left of a lock when its owner takes or releases a range. */
function without(lock: LockRequest, range: LockRange): readonly LockRequest[] {
  const from = range.start;
  const to = endOf(range);
  const end = endOf(lock);
  if (to <= lock.start || end <= from) return [lock];
  return [
    ...(lock.start < from ? [{ ...lock, length: from - lock.start }] : []),
    ...(to < end ? [{ ...lock, start: to, length: end === Infinity ? 0 : end - to }] : []),
  ];
}

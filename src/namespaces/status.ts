/** How mounts fare. */
import type { Policy } from './mount.ts';
import type { Table } from './table.ts';

export interface MountStatus {
  readonly verb: 'mount' | 'bind';
  /** An address, or a path; undefined for a File of this process. */
  readonly from: string | undefined;
  readonly old: string;
  readonly flags: number;
  /** Milliseconds. */
  readonly deadline: number;
  readonly policy: Policy;
  /** Of a tree behind a connection: whether there is one now, or it was lost, or cannot be had again. */
  readonly state: 'up' | 'lost' | 'down';
  /** How often a union did without it. */
  readonly skipped: number;
  /** Why it failed last; undefined since it has answered again. */
  readonly failure: string | undefined;
}

export function statusOf(table: Table): readonly MountStatus[] {
  const made = table.members;
  return table.mounts.map((mount) => {
    const { verb, from, old, flags, deadline, policy, skipped, failure } = mount;
    const states = made.get(mount)?.map(({ file }) => stateOf(file.tree));
    const state = states?.find((one) => one !== 'up') ?? 'up';
    return { verb, from, old, flags, deadline, policy, state, skipped, failure };
  });
}

/** The trees of a client know how their connections are; others are there as long as this process is. */
function stateOf(tree: object): MountStatus['state'] {
  const { state } = tree as { state?: unknown };
  return state === 'lost' || state === 'down' ? state : 'up';
}

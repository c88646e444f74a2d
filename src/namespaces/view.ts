/** What a namespace is to the files in it: its tree, and what is mounted where now. */
import type { Held } from './held.ts';
import type { Table } from './table.ts';

export interface View {
  /** The tree that is there before anything is mounted. */
  readonly root: Held;
  /** Another one after a change, if forks have the old one too. */
  readonly table: Table;
}

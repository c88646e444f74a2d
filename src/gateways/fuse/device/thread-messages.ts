/** What the thread that reads and the one that answers say to each other. */

/** Where the thread that reads is: a word of shared memory. */
export const STATE = {
  STARTING: 0,
  READING: 1,
  /** It is not to read any more, and may still be in a read that waits. */
  STOPPED: 2,
  ENDED: 3,
} as const;

export interface WorkerData {
  readonly fd: number;
  readonly state: SharedArrayBuffer;
}

/** A message, in a slot of shared memory, which comes along the first time. */
export interface Taken {
  readonly slot: number;
  readonly length: number;
  readonly memory: SharedArrayBuffer | undefined;
}

/** A message, or the error of the read that was the last. */
export type FromThread = Taken | { readonly code: string; readonly text: string };

/** A slot is not used any more: to be read into, or forgotten. */
export interface ToThread {
  readonly slot: number;
  readonly keep: boolean;
}

/** What the command tells the process that makes the program's world, and is told by it. */

/** Which namespace: that of a file, made in the new process; or one that a process holds already. */
export type Source =
  | { readonly kind: 'file'; readonly file: string }
  | {
      readonly kind: 'namespace';
      readonly name: string;
      /** The socket of its tree. */
      readonly tree: string;
      /** The paths where something is mounted or bound in it. */
      readonly mountPoints: readonly string[];
    };

export interface Wish {
  readonly source: Source;
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** It is a shell on a terminal, with jobs of its own: it has a process group of its own to return to. */
  readonly hasJobs: boolean;
  /** Where it begins. One that was asked for has to be there; otherwise the root will do instead. */
  readonly directory: { readonly path: string; readonly asked: boolean };
  /** The namespace is all that there is. */
  readonly bare: boolean;
  /** Nothing of the namespace can be changed. */
  readonly readOnly: boolean;
  /** Paths that are those of this machine, whatever the namespace has there. */
  readonly keep: readonly string[];
}

export type ToSupervisor =
  | { readonly kind: 'wish'; readonly wish: Wish }
  /** A signal that the command was sent. */
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals };

export type FromSupervisor =
  /** It is there, and may do what it needs to. */
  | { readonly kind: 'up' }
  /** The program does not run, and why. */
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'note'; readonly text: string };

/** The descriptors of the supervisor: what it shares with the command, and the standard error of the program. */
export const LINE = 3;
export const STDERR = 4;

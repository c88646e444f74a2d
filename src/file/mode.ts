/** How a file is opened: Plan 9's modes and Linux's flags in one form. */
export interface OpenMode {
  readonly read: boolean;
  readonly write: boolean;
  /** Opened to be executed: asks for execute permission, and reads. */
  readonly execute: boolean;
  readonly truncate: boolean;
  /** Every write goes to the end. The OpenFile sees to it, so that it is atomic. */
  readonly append: boolean;
  /** The file is removed when this open ends, however it ends (ORCLOSE). The Chan sees to it. */
  readonly removeOnClose: boolean;
}

const NONE: OpenMode = {
  read: false,
  write: false,
  execute: false,
  truncate: false,
  append: false,
  removeOnClose: false,
};

/** A mode with the given properties and no others: `openMode({ read: true })`. */
export function openMode(mode: Partial<OpenMode>): OpenMode {
  return { ...NONE, ...mode };
}

export const READ: OpenMode = openMode({ read: true });
export const WRITE: OpenMode = openMode({ write: true });
export const READ_WRITE: OpenMode = openMode({ read: true, write: true });
/** What a shell's `>` asks for. */
export const REWRITE: OpenMode = openMode({ write: true, truncate: true });

/** The modes of open, as fopen(3) and Node name them. */
import { openMode, type OpenMode } from '../../file/index.ts';

const MODES = {
  r: openMode({ read: true }),
  'r+': openMode({ read: true, write: true }),
  w: openMode({ write: true, truncate: true }),
  'w+': openMode({ read: true, write: true, truncate: true }),
  a: openMode({ write: true, append: true }),
  'a+': openMode({ read: true, write: true, append: true }),
} as const satisfies Record<string, OpenMode>;

/** `w` and `w+` truncate, `a` and `a+` append, `+` is for both directions. None of them creates a file. */
export type Mode = keyof typeof MODES | OpenMode;

export function modeOf(mode: Mode): OpenMode {
  return typeof mode === 'string' ? MODES[mode] : mode;
}

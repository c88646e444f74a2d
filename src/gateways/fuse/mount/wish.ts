/** What is to be mounted, whichever way. */
import type { MountKind } from '../../mounting/index.ts';

export interface Wish {
  /** Absolute, without symbolic links, and free. */
  readonly place: string;
  readonly name: string;
  readonly kind: MountKind;
  readonly readOnly: boolean;
  readonly allowOther: boolean;
  readonly hold: number | undefined;
}

/** Bytes; as many as a read of ours may have. */
const MAX_READ = 1_048_576;

/** The options that both ways have in common. */
export function commonOptions({ readOnly, allowOther }: Wish): readonly string[] {
  return [
    readOnly ? 'ro' : 'rw',
    'nosuid',
    'nodev',
    `max_read=${MAX_READ}`,
    ...(allowOther ? ['allow_other', 'default_permissions'] : []),
  ];
}

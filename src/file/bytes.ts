import { FileError } from './errors.ts';
import type { File, OpenFile } from './file.ts';
import { SYNTHETIC, newQid, syntheticAttr, type Access } from './synthetic.ts';

export interface BytesOptions extends Access {
  /** The buffer can be written. Its length stays what it is: ENOSPC beyond the end. */
  readonly writable?: boolean;
}

/** A buffer as a file of its size, at any offset: what is written is in the buffer at once. */
export function bytes(buffer: Uint8Array, options: BytesOptions = {}): File {
  const { writable = false, ...access } = options;
  const attr = syntheticAttr('file', 'plain', writable ? 0o644 : 0o444, access, buffer.length);
  const open: OpenFile = {
    prompt: true,
    read(offset, into) {
      const part = buffer.subarray(
        Math.min(offset, buffer.length),
        Math.min(offset + into.length, buffer.length),
      );
      into.set(part);
      return part.length;
    },
    write(offset, data) {
      if (offset + data.length > buffer.length) throw new FileError('ENOSPC');
      buffer.set(data, offset);
      return data.length;
    },
  };
  return {
    qid: newQid(),
    tree: SYNTHETIC,
    attr: () => attr,
    open(mode) {
      if (mode.write && !writable) throw new FileError('EACCES');
      return open;
    },
    ...(writable && {
      change({ size }) {
        if (size !== undefined && size !== 0 && size !== buffer.length) throw new FileError('EPERM');
      },
    }),
  };
}

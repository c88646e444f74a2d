/** Extended attributes in 9P2000.L: a fid becomes the attribute, which is then read or written like a file. */
import { FileError } from '../../file/index.ts';
import type { Request, Xattrs } from '../../file/index.ts';
import { XATTR, decodeText } from '../../protocol/index.ts';
import type { LinuxFile } from './linux-file.ts';
import { LinuxOpen } from './linux-open.ts';

/** What Linux allows (XATTR_SIZE_MAX): nothing larger is believed to be there. */
const LARGEST = 1 << 16;

const FLAGS = { create: XATTR.CREATE, replace: XATTR.REPLACE, any: 0 } as const;

export class LinuxXattrs implements Xattrs {
  readonly #file: LinuxFile;

  constructor(file: LinuxFile) {
    this.#file = file;
  }

  async list(r: Request): Promise<readonly string[]> {
    const bytes = await this.get('', r);
    const names = decodeText(bytes, 0, bytes.length).split('\0');
    return names.filter((name) => name !== '');
  }

  async get(name: string, r: Request): Promise<Uint8Array> {
    const { fid, size } = await this.#file.walkXattr(name, r);
    const open = new LinuxOpen(this.#file, { fid, qid: this.#file.qid, iounit: 0 });
    try {
      if (size > LARGEST) throw new FileError('E2BIG');
      return await readAll(open, size, r);
    } finally {
      open.close('clunk').catch(() => undefined);
    }
  }

  /**
   * @throws FileError EOPNOTSUPP for an empty value: the protocol has no way to tell it from a removal, and servers
   * take it for one.
   */
  async set(name: string, value: Uint8Array, how: 'create' | 'replace' | 'any', r: Request): Promise<void> {
    if (value.length === 0) throw new FileError('EOPNOTSUPP');
    await this.#write(name, value, FLAGS[how], r);
  }

  async remove(name: string, r: Request): Promise<void> {
    await this.#write(name, new Uint8Array(0), XATTR.REPLACE, r);
  }

  async #write(name: string, value: Uint8Array, flags: number, r: Request): Promise<void> {
    const fid = await this.#file.createXattr(name, value.length, flags, r);
    const open = new LinuxOpen(this.#file, { fid, qid: this.#file.qid, iounit: 0 });
    try {
      if (value.length > 0) await open.write(0, value, r);
    } catch (error) {
      open.close('clunk').catch(() => undefined);
      throw error;
    }
    await open.close('clunk');
  }
}

async function readAll(open: LinuxOpen, size: number, r: Request): Promise<Uint8Array> {
  const value = new Uint8Array(size);
  for (let at = 0; at < size;) {
    const part = await open.take(at, size - at, r);
    if (part.length === 0) return value.subarray(0, at);
    value.set(part, at);
    at += part.length;
  }
  return value;
}

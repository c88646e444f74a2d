/** Extended attributes in 9P2000.L: a fid becomes the attribute, which is then read or written like a file. */
import { FileError, codeOf } from '../../file/index.ts';
import type { Request, Xattrs } from '../../file/index.ts';
import { XATTR, decodeText } from '../../protocol/index.ts';
import type { CallOptions } from '../connection/call.ts';
import { LostError, OutcomeUnknownError } from '../connection/errors.ts';
import type { HeldFid } from './held.ts';
import type { LinuxFile } from './linux-file.ts';

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

  get(name: string, r: Request): Promise<Uint8Array> {
    const file = this.#file;
    return file.tree.persist(r, async () => {
      const { fid, size } = await file.walkXattr(name, r);
      try {
        if (size > LARGEST) throw new FileError('E2BIG');
        return await readAll(fid, size, { signal: r.signal, at: file });
      } finally {
        fid.clunk();
      }
    });
  }

  async set(name: string, value: Uint8Array, how: 'create' | 'replace' | 'any', r: Request): Promise<void> {
    if (value.length > 0) return this.#write(name, value, FLAGS[how], r);
    // With XATTR_REPLACE, no bytes would mean: remove it. Some servers take it so whatever the flags.
    if (how === 'replace') await this.get(name, r);
    await this.#write(name, value, how === 'create' ? XATTR.CREATE : 0, r);
    try {
      await this.get(name, r);
    } catch (error) {
      throw codeOf(error) === 'ENODATA'
        ? new FileError('EOPNOTSUPP', 'the server keeps no empty attributes')
        : error;
    }
  }

  async remove(name: string, r: Request): Promise<void> {
    await this.#write(name, new Uint8Array(0), XATTR.REPLACE, r);
  }

  /** It is done when the fid is clunked, or when the link is lost: once the fid is there nothing is repeated. */
  async #write(name: string, value: Uint8Array, flags: number, r: Request): Promise<void> {
    const file = this.#file;
    const fid = await file.createXattr(name, value.length, flags, r);
    try {
      await writeAll(fid, value, { signal: r.signal, at: file });
      await fid.close(file);
    } catch (error) {
      if (!file.tree.recovers || !(error instanceof LostError)) throw error;
      const before = `the attribute ${name} was set: whether it is`;
      throw new OutcomeUnknownError(error.address, before, error.cause);
    }
  }
}

async function readAll(fid: HeldFid, size: number, about: CallOptions): Promise<Uint8Array> {
  const value = new Uint8Array(size);
  const most = fid.connection.maxData;
  for (let at = 0; at < size;) {
    const count = Math.min(size - at, most);
    const { data } = await fid.call({ type: 'Tread', fid: fid.number, offset: at, count }, about);
    if (data.length === 0) return value.subarray(0, at);
    value.set(data, at);
    at += data.length;
  }
  return value;
}

/** The fid is given up if that fails. */
async function writeAll(fid: HeldFid, value: Uint8Array, about: CallOptions): Promise<void> {
  const most = fid.connection.maxData;
  try {
    for (let at = 0; at < value.length;) {
      const data = value.subarray(at, at + most);
      const { count } = await fid.call({ type: 'Twrite', fid: fid.number, offset: at, data }, about);
      if (count === 0) throw new FileError('EIO', 'the server writes nothing');
      at += count;
    }
  } catch (error) {
    fid.clunk();
    throw error;
  }
}

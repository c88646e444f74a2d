/** What a client is told when a request fails, and what Linux's client makes of it. */
import { expect } from '@jest/globals';
import { LINUX_TEXTS } from '../../data/linux-errors.ts';
import { In, RERROR, RLERROR, type Dialect } from './codec.ts';

/** Linux's numbers (asm-generic). */
const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  EMFILE: 24,
  EFBIG: 27,
  ENOSPC: 28,
  ESPIPE: 29,
  EROFS: 30,
  ERANGE: 34,
  ENAMETOOLONG: 36,
  ENOTEMPTY: 39,
  ELOOP: 40,
  ENODATA: 61,
  EOVERFLOW: 75,
  EMSGSIZE: 90,
  EOPNOTSUPP: 95,
  EPIPE: 32,
  ENOBUFS: 105,
  ESTALE: 116,
} as const;

export type Symbol9 = keyof typeof ERRNO;

/** What Linux shows for a text that it does not know: ESERVERFAULT. */
const UNKNOWN = 526;

/** The largest text that fits everywhere: ERRMAX less the NUL. */
const ERRMAX = 127;

function linuxErrno(text: string): number {
  for (const [errno, texts] of LINUX_TEXTS) if (texts.includes(text)) return errno;
  return UNKNOWN;
}

/** A reply that was Rerror or Rlerror. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  /** As Linux's client takes it. */
  readonly errno: number;
  /** 9P2000 and 9P2000.u; '' in 9P2000.L. */
  readonly ename: string;

  constructor(errno: number, ename: string) {
    super(`refused: ${errno} ${ename}`);
    this.errno = errno;
    this.ename = ename;
  }
}

export function refusal(code: number, body: In, dialect: Dialect): Refusal {
  if (code === RLERROR) {
    if (dialect !== '9P2000.L') throw new Error(`an Rlerror in ${dialect}`);
    const errno = body.u32();
    body.end();
    if (errno === 0 || errno >= 512) throw new Error(`${errno} is no error number`);
    return new Refusal(errno, '');
  }
  if (code !== RERROR || dialect === '9P2000.L') throw new Error(`a reply of type ${code} in ${dialect}`);
  const length = new In(body.bytes).u16();
  if (length === 0 || length > ERRMAX) throw new Error(`an error text of ${length} bytes`);
  const ename = body.s();
  const errno = dialect === '9P2000.u' ? body.u32() : linuxErrno(ename);
  body.end();
  if (errno === 0) throw new Error('an Rerror with the number 0');
  return new Refusal(errno, ename);
}

export async function refused(answer: Promise<unknown>): Promise<Refusal> {
  const outcome = await answer.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in outcome)) throw new Error('it was expected to be refused, and succeeded');
  if (!(outcome.error instanceof Refusal)) throw outcome.error;
  return outcome.error;
}

/** The request is refused, with one of the errors as Linux's client takes them in the dialect at hand. */
export async function fails(answer: Promise<unknown>, ...codes: readonly Symbol9[]): Promise<Refusal> {
  const error = await refused(answer);
  if (codes.length > 0) {
    const names = Object.entries(ERRNO).find(([, errno]) => errno === error.errno);
    expect(codes).toContain(names?.[0] ?? `${error.errno} ${error.ename}`);
  }
  return error;
}

/**
 * The request is refused in a file's own words, as far as the dialect carries them. In 9P2000 they are all that there
 * is, and Linux does not know them.
 */
export async function says(answer: Promise<unknown>, code: Symbol9, words: string | RegExp): Promise<void> {
  const { errno, ename } = await refused(answer);
  if (errno !== UNKNOWN) expect(errno).toBe(ERRNO[code]);
  if (ename !== '') expect(ename).toMatch(words);
}

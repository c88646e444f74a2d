/**
 * A message that cannot be decoded.
 *
 * - `EBADMSG`: its fields contradict its size. Whoever sent it counts differently than we do: the connection is lost.
 * - `EOPNOTSUPP`: a type that the dialect does not have; `EOVERFLOW`: a number above 2^53 - 1. The frame is sound
 *   and the tag is known, so that request alone fails.
 */
export class MalformedError extends Error {
  override readonly name = 'MalformedError';
  readonly code: 'EBADMSG' | 'EOPNOTSUPP' | 'EOVERFLOW';

  constructor(message: string, code: MalformedError['code'] = 'EBADMSG') {
    super(message);
    this.code = code;
  }
}

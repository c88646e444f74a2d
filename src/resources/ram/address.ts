/** `ram:[SIZE]`, for example `ram:64MiB`. */
import type { File, User } from '../../file/index.ts';
import { FileError } from '../../file/index.ts';
import { parseSize } from '../size.ts';
import { ram } from './index.ts';

export function ramFromAddress(address: { readonly path: string }, context: { readonly user: User }): File {
  const { path } = address;
  if (path === '') return ram({ owner: context.user });
  const size = parseSize(path);
  if (size === undefined || size === 0) {
    throw new FileError('EINVAL', `'ram:${path}': '${path}' is no size; 'ram:64MiB' or 'ram:' is one`);
  }
  return ram({ size, owner: context.user });
}

/** `ram:[SIZE]`, for example `ram:64MiB`. */
import type { File, User } from '../../file/index.ts';
import { FileError } from '../../file/index.ts';
import { parseSize } from '../size.ts';
import { ram } from './index.ts';

interface Address {
  readonly path: string;
  readonly options: ReadonlyMap<string, string>;
  readonly fragment?: string;
}

export function ramFromAddress(address: Address, context: { readonly user: User }): File {
  const { path, options, fragment } = address;
  if (options.size > 0 || (fragment ?? '/') !== '/') {
    throw new FileError(
      'EINVAL',
      "ram: has neither options nor a path behind #; 'ram:64MiB' is all it takes",
    );
  }
  if (path === '') return ram({ owner: context.user });
  const size = parseSize(path);
  if (size === undefined || size === 0) {
    throw new FileError('EINVAL', `'ram:${path}': '${path}' is no size; 'ram:64MiB' or 'ram:' is one`);
  }
  return ram({ size, owner: context.user });
}

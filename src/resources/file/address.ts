/** `file:DIR[?ro][&map=auto|none|squash|passthrough][&devices]`. */
import { FileError, type File } from '../../file/index.ts';
import { hostDirectory, type Ownership } from './index.ts';

const OPTIONS = ['ro', 'map', 'devices'];

export function fileFromAddress(address: {
  readonly path: string;
  readonly options: ReadonlyMap<string, string>;
  readonly fragment?: string;
}): File {
  const { path, options, fragment } = address;
  if (fragment !== undefined && fragment !== '/') {
    throw new FileError(
      'EINVAL',
      `file: has no path behind #; 'file:${path}${fragment}' names the directory itself`,
    );
  }
  if (path === '') throw new FileError('EINVAL', "'file:' names no directory; 'file:/srv' does");
  for (const name of options.keys()) {
    if (!OPTIONS.includes(name)) {
      throw new FileError('EINVAL', `file: has no option '${name}'; it has ${OPTIONS.join(', ')}`);
    }
  }
  const map = options.get('map');
  if (map !== undefined && !isOwnership(map)) {
    throw new FileError('EINVAL', `map=${map}: 'auto', 'none', 'squash' or 'passthrough' was expected`);
  }
  return hostDirectory(path, {
    readOnly: options.has('ro'),
    ...(options.has('devices') && { allowDevices: true }),
    ...(map !== undefined && { map }),
  });
}

function isOwnership(map: string): map is Ownership {
  return map === 'auto' || map === 'none' || map === 'squash' || map === 'passthrough';
}

/** What a server says is in a directory, to be taken with care: programs make host paths of such names. */
import { FileError } from '../../file/index.ts';
import { Cursor, MalformedError } from '../../protocol/index.ts';

/** All records of a directory read: it holds whole ones only. */
export function parseEntries<T extends { readonly name: string }>(
  data: Uint8Array,
  parse: (from: Cursor) => T,
): readonly T[] {
  const from = new Cursor(data);
  const entries: T[] = [];
  try {
    while (from.at < from.end) entries.push(parse(from));
  } catch (cause) {
    if (!(cause instanceof MalformedError)) throw cause;
    throw new FileError('EIO', `the server's directory cannot be read: ${cause.message}`, { cause });
  }
  const odd = entries.find(({ name }) => name === '' || name.includes('/') || name.includes('\0'));
  if (odd) throw new FileError('EIO', `the server lists a file called ${JSON.stringify(odd.name)}`);
  return entries;
}

/** Whether an entry is one of the directory's own: `.` and `..` are not. */
export function isListed(name: string): boolean {
  return name !== '.' && name !== '..';
}

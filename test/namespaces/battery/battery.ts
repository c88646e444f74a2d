/** What must hold of a tree in memory by whatever way one comes to it: the whole of what a Fid can do. */
import { ATTRIBUTES, XATTRS } from './attributes.ts';
import type { Check } from './check.ts';
import { CONTENT, CREATE } from './content.ts';
import { DIRECTORIES, LINKS, REMOVAL, RENAMES, WALKS } from './names.ts';
import { PERMISSIONS } from './permissions.ts';

export const BATTERY: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  'creating:': CREATE,
  'the content:': CONTENT,
  'attributes:': ATTRIBUTES,
  'a directory:': DIRECTORIES,
  'removal:': REMOVAL,
  'renaming:': RENAMES,
  'links:': LINKS,
  'extended attributes': XATTRS,
  'walks:': WALKS,
  'permissions:': PERMISSIONS,
};

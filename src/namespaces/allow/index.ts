/** `allow USER ro|rw PATH`: a tree of which each user sees what is allowed to them, and nothing else. */
import type { File } from '../../file/index.ts';
import { allowed } from './file.ts';
import { Grant, type Rule } from './grant.ts';

export type { Rule };

/**
 * The tree as its rules allow it, at whatever door it is served. The user who serves sees all of it; without a rule that
 * is so for nobody else. Rules only narrow: permission bits of the tree hold beneath them.
 *
 * @example
 * restrict(tree, [
 *   { user: '*', access: 'ro', path: '/pub' },
 *   { user: 'glenda', access: 'rw', path: '/usr/glenda' },
 * ]);
 * @throws a FileError of code EINVAL for a path that does not begin at the root, or that holds `..`.
 */
export function restrict(root: File, rules: readonly Rule[]): File {
  return allowed(root, Grant.of(rules));
}

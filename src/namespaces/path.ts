/** Paths in a namespace: no link is followed in one, so `..` takes away the name before it. */

/** The names from the root to `path`, which is one from `cwd` unless it begins with '/'. */
export function namesOf(cwd: string, path: string): readonly string[] {
  const names: string[] = [];
  for (const name of `${path.startsWith('/') ? '' : cwd}/${path}`.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names;
}

export function absolute(cwd: string, path: string): string {
  return `/${namesOf(cwd, path).join('/')}`;
}

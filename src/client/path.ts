/** Paths inside a tree: names with '/' between them. */

/** The names of a path, without what says nothing: '.' and empty ones. `..` is a name like any other. */
export function splitPath(path: string): readonly string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

/** A path and another one below it, for messages. */
export function joinPath(base: string, path: string): string {
  if (path === '') return base;
  if (path.startsWith('/')) return path;
  return base.endsWith('/') ? base + path : `${base}/${path}`;
}

import { readFileSync } from 'node:fs';

/** The version of the package, from the package.json that lies above the compiled files. */
export function version(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

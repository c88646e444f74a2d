/** Where the checkout is: compiled tests stand elsewhere than their data and the sources that they look at. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function above(directory: string): string {
  return existsSync(join(directory, 'tsconfig.json')) ? directory : above(dirname(directory));
}

/** The directory of tsconfig.json. */
export const root = above(dirname(fileURLToPath(import.meta.url)));

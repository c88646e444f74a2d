/** An open file that is another one in part: for whoever counts, narrows or watches what is done with it. */
import type { OpenFile } from './file.ts';

/** The methods of an open; those that it has are passed on. */
const METHODS = [
  'read',
  'take',
  'write',
  'list',
  'attr',
  'change',
  'sync',
  'flush',
  'lock',
  'getLock',
  'allocate',
  'seek',
  'save',
  'close',
] as const satisfies readonly (keyof OpenFile)[];

/** The same open with other parts. Its methods stay its own: private fields know only the object that they are of. */
export function openWith(open: OpenFile, parts: Partial<OpenFile>): OpenFile {
  const methods = METHODS.flatMap((name) => {
    const method = open[name] as ((...args: never[]) => unknown) | undefined;
    return method ? [[name, method.bind(open)]] : [];
  });
  const { file, prompt } = open;
  return { ...(file && { file }), ...(prompt && { prompt }), ...Object.fromEntries(methods), ...parts };
}

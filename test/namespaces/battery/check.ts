/** What the checks of the battery need. */
import { expect } from '@jest/globals';
import type { Fid } from '../../../src/client/index.ts';
import type { File, User } from '../../../src/file/index.ts';

export interface Scene {
  /** As the owner of the tree. */
  readonly root: Fid;
  /** The same, for those calls that a Fid does not have. */
  readonly file: File;
  /** The same tree for another user. */
  readonly as: (user: User) => Promise<Fid>;
}

export type Check = (scene: Scene) => Promise<unknown>;

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (data: Uint8Array): string => new TextDecoder().decode(data);

export async function namesIn(fid: Fid, path = ''): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of fid.list({ path })) names.push(name);
  return names.toSorted();
}

/** The code that the work fails with. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'no error';
}

export const fails = async (work: Promise<unknown>, code: string): Promise<void> =>
  expect(await codeOf(work)).toBe(code);

export async function withFile(
  root: Fid,
  path: string,
  mode: 'r' | 'r+' | 'w' | 'w+' | 'a' | 'a+',
): Promise<Fid> {
  return (await root.walk(path)).open(mode);
}

/** Which mount is to blame for what went wrong with a file of the current namespace. */
import { posix } from 'node:path';
import { FidError } from '../client/index.ts';
import { Control } from '../daemon/control.ts';
import type { MountLine } from '../daemon/status.ts';
import { FileError, type Code } from '../file/index.ts';
import { MCREATE } from '../namespaces/flags.ts';
import { currentHome } from './namespace.ts';

/** Codes that a file of a mount fails with when its server is at fault. */
const FAILURES: readonly string[] = [
  'ECONNABORTED', 'ECONNREFUSED', 'ECONNRESET', 'EIO', 'ENOTCONN', 'EPIPE', 'EPROTO', 'ESHUTDOWN', 'ETIMEDOUT',
]; // prettier-ignore

/**
 * An error with the file at a path of the namespace, in the words of the mount that is at fault: over the namespace's
 * socket 9P carries a number only. Undefined if none is.
 */
export async function explainByMount(error: FidError, path: string): Promise<FidError | undefined> {
  const { code, op } = error;
  const explain = code === 'EPERM' ? whyNotMade : code === 'ENOENT' ? whySkipped : whyLost;
  if (explain === whyLost && !FAILURES.includes(code)) return undefined;
  await using control = await Control.find(currentHome());
  const text = explain(path, (await control?.status())?.mounts ?? [], error);
  return text === undefined ? undefined : new FidError(op, error.path, new FileError(code as Code, text));
}

/** A directory that is mounted on takes new files only if that was said (bind(2)). */
function whyNotMade(path: string, mounts: readonly MountLine[]): string | undefined {
  const there = mounts.filter(({ old }) => old === posix.dirname(path));
  if (there.length === 0 || there.some(({ flags }) => (flags & MCREATE) !== 0)) return undefined;
  return `what is mounted on ${posix.dirname(path)} takes no new files; mount or bind it with -c`;
}

/** What a union does without may have the name. */
function whySkipped(path: string, mounts: readonly MountLine[]): string | undefined {
  const failing = nearest(path, mounts).find(isFailing);
  return failing && `no such file or directory in what answers of ${failing.old}: ${wordsOf(failing)}`;
}

function whyLost(path: string, mounts: readonly MountLine[], error: FidError): string | undefined {
  const there = nearest(path, mounts);
  const failing = there.find(isFailing);
  if (failing) return wordsOf(failing);
  // It answers again; and of a copy, it may have been the other end.
  const [only] = there.length === 1 && error.op !== 'copy' ? there : [];
  return only && wordsOf({ ...only, failure: messageOf(error.cause) });
}

/** All that is mounted where a path last crosses a mount point. */
function nearest(path: string, mounts: readonly MountLine[]): readonly MountLine[] {
  const above = mounts.filter(({ old }) => old === '/' || path === old || path.startsWith(`${old}/`));
  const deepest = Math.max(...above.map(({ old }) => old.length));
  return above.filter(({ old }) => old.length === deepest);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const isFailing = ({ state, failure }: MountLine): boolean => state !== 'up' || failure !== undefined;

/** Why nothing can be had of a mount: with its address, and where it is. */
function wordsOf({ from, old, state, failure = `its link is ${state}` }: MountLine): string {
  const where = failure.includes(' (mounted at ') ? '' : `mounted at ${old}`;
  const missing = [failure.includes(from) ? '' : from, where].filter(Boolean);
  return missing.length === 0 ? failure : `${failure} (${missing.join(', ')})`;
}

/** Which parts of a world are the namespace's, and which are this machine's. */
import { posix } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { reasonOf } from '../failure.ts';
import { FileError } from '../../file/errors.ts';
import type { Choices } from './plan.ts';
import { laterTree, movedTree, type Kind, type Tree } from './tree.ts';

/** What a world is made of. */
export interface Parts {
  readonly host: Tree;
  readonly namespace: Tree;
  /** Where something is mounted or bound in the namespace. */
  readonly mountPoints: readonly string[];
  readonly keep: readonly string[];
  /** The terminals of the program, if it has any. */
  readonly terminals: readonly string[];
  /** Told of what could not be had. */
  readonly note: (text: string) => void;
}

/** Where the kernel's view of processes is mounted, which is that of the world's own. */
const PROC = '/proc';

/** Milliseconds that a mount has to answer. */
const PATIENCE = 5000;

/** The directories that are always made anew in a bare world. */
const ANEW = ['/', '/dev'];

/** What a program without a machine has of it all the same: devices, and the names of its own open files. */
const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty', 'fd', 'stdin', 'stdout', 'stderr'];

/**
 * In this machine's tree: what is mounted in the namespace, at its path; and the names of the namespace's root that the
 * machine does not have. Where the machine lacks a directory on the way, the namespace's is there as a whole.
 */
export async function joinedChoices(parts: Parts): Promise<Choices> {
  const { host, namespace, mountPoints, keep, note } = parts;
  const choices = new Map<string, Tree>();
  for (const name of (await namespace.list('/')).keys()) {
    if (!(await host.look(`/${name}`))) choices.set(`/${name}`, namespace);
  }
  const spots = await Promise.all(
    mountPoints.filter((path) => path !== '/').map((path) => spotIn(host, path, 'whole')),
  );
  const silent = await silentOf(namespace, new Set(spots.map(({ of }) => of)), note);
  for (const { spot, of } of spots) {
    if (silent.has(of)) choices.delete(of);
    else choices.set(spot, movedTree(namespace, of, spot));
  }
  for (const path of keep) {
    const { spot } = await keptSpot(host, host, path);
    for (const chosen of choices.keys()) if (isWithin(chosen, spot)) choices.delete(chosen);
    if ([...choices.keys()].some((chosen) => isWithin(spot, chosen))) choices.set(spot, host);
  }
  return withProc(choices);
}

/**
 * In the namespace's tree: devices, processes, and what was asked for. Of what does not answer there is the directory
 * alone; below a directory that is bound as a whole, it is for the program to see.
 */
export async function bareChoices(parts: Parts): Promise<Choices> {
  const { host, namespace, mountPoints, keep, terminals, note } = parts;
  const choices = new Map<string, Tree>();
  const touched = mountPoints.filter((path) => path !== '/' && ANEW.includes(posix.dirname(path)));
  for (const path of await silentOf(namespace, new Set(touched), note)) choices.set(path, laterTree);
  for (const path of [...DEVICES.map((name) => `/dev/${name}`), ...terminals]) {
    if (await host.look(path)) choices.set(path, host);
  }
  for (const path of keep) {
    const { spot } = await keptSpot(host, namespace, path);
    choices.set(spot, movedTree(host, path, spot));
  }
  return withProc(choices);
}

/** Nothing is taken from elsewhere there: the kernel makes all of it. */
function withProc(choices: Map<string, Tree>): Choices {
  for (const chosen of choices.keys()) if (isWithin(chosen, PROC)) choices.delete(chosen);
  return choices.set(PROC, laterTree);
}

/** A place in a tree, for what has a path of its own elsewhere. */
interface Spot {
  readonly spot: string;
  readonly of: string;
}

async function keptSpot(host: Tree, base: Tree, path: string): Promise<Spot> {
  if (!(await host.look(path))) {
    throw new FileError('ENOENT', `cannot keep ${path}: this machine has no such file; check the name`);
  }
  const found = await spotIn(base, path, 'itself');
  if (found.spot !== '/') return found;
  throw new FileError('EINVAL', 'cannot keep /: name what is to be kept in it');
}

/**
 * Where a path is in a tree whose links may stand on the way there. What is missing on the way is taken as a whole, or is
 * to be made.
 */
async function spotIn(tree: Tree, path: string, missing: 'whole' | 'itself'): Promise<Spot> {
  const names = path.split('/').filter(Boolean);
  let at = '/';
  for (const [i, name] of names.entries()) {
    const next = posix.join(at, name);
    if (i === names.length - 1) return { spot: next, of: path };
    const kind = await tree.look(next);
    const target = kind === 'dir' ? next : isLink(kind) ? await tree.resolve(next) : undefined;
    if (target === undefined) {
      return missing === 'whole'
        ? { spot: next, of: `/${names.slice(0, i + 1).join('/')}` }
        : { spot: posix.join(next, ...names.slice(i + 1)), of: path };
    }
    at = target;
  }
  return { spot: '/', of: '/' };
}

const isLink = (kind: Kind | undefined): boolean => typeof kind === 'object';

/** Which of them are to be left out, since they are dead, or hang. */
async function silentOf(
  tree: Tree,
  paths: ReadonlySet<string>,
  note: Parts['note'],
): Promise<ReadonlySet<string>> {
  const silent = new Set<string>();
  const ask = async (path: string): Promise<void> => {
    const why = await silenceOf(tree, path);
    if (why === undefined) return;
    silent.add(path);
    note(`${path} is left out: ${why}`);
  };
  await Promise.all([...paths].map(ask));
  return silent;
}

/** Why a mount is left out; undefined if it answers. */
async function silenceOf(tree: Tree, path: string): Promise<string | undefined> {
  const late = new AbortController();
  try {
    const there = await Promise.race([tree.look(path), delay(PATIENCE, 'late', { signal: late.signal })]);
    if (there === 'late') return 'no answer in time';
    return there === undefined ? 'it is not there any more' : undefined;
  } catch (error) {
    return reasonOf(error);
  } finally {
    late.abort();
  }
}

const isWithin = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(`${directory}/`);

/** Doing what a namespace file says. */
import { FileError, type Awaitable } from '../../file/index.ts';
import type { Allowance, Command, Operation } from './command.ts';
import { ScriptError } from './error.ts';

/** What commands change of a namespace: a `Namespace` is one. */
export interface ScriptNamespace {
  mount(url: string, old: string, flags: number, options: { readonly aname?: string }): Awaitable<void>;
  bind(from: string, old: string, flags: number): Awaitable<void>;
  unmount(old: string): Awaitable<void>;
  unmount(from: string, old: string): Awaitable<void>;
  cd(dir: string): Awaitable<void>;
  clear(): Awaitable<void>;
}

/** Where commands run. A verb that has no place there is refused before any command has run. */
export interface World {
  readonly namespace: ScriptNamespace;
  listen?(url: string): Awaitable<void>;
  export?(kind: string, path: string, address: string): Awaitable<void>;
  allow?(user: string, access: Allowance, path: string): Awaitable<void>;
}

/**
 * Runs commands in their order, and ends at the first that fails.
 *
 * @throws ScriptError: where the command stands and what went wrong, with that as its cause.
 */
export async function runScript(commands: readonly Command[], world: World): Promise<void> {
  for (const command of commands) inPlace(command, () => checkVerb(command, world));
  for (const command of commands) {
    try {
      await runCommand(command, world);
    } catch (error) {
      throw new ScriptError(command, error);
    }
  }
}

/** Runs one command. */
export async function runCommand(operation: Operation, world: World): Promise<void> {
  checkVerb(operation, world);
  const { namespace } = world;
  switch (operation.verb) {
    case 'mount': {
      const { url, old, flags, aname } = operation;
      return namespace.mount(url, old, flags, aname === undefined ? {} : { aname });
    }
    case 'bind':
      return namespace.bind(operation.from, operation.old, operation.flags);
    case 'unmount': {
      const { from, old } = operation;
      return from === undefined ? namespace.unmount(old) : namespace.unmount(from, old);
    }
    case 'cd':
      return namespace.cd(operation.dir);
    case 'clear':
      return namespace.clear();
    case 'listen':
      return world.listen?.(operation.url);
    case 'export':
      return world.export?.(operation.kind, operation.path, operation.address);
    case 'allow':
      return world.allow?.(operation.user, operation.access, operation.path);
  }
}

function checkVerb({ verb }: Operation, world: World): void {
  const served = verb === 'listen' || verb === 'export' || verb === 'allow';
  if (served && !world[verb]) {
    throw new FileError('EOPNOTSUPP', `${verb}: only a namespace that is served takes it (ns serve FILE)`);
  }
}

function inPlace(command: Command, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw new ScriptError(command, error);
  }
}

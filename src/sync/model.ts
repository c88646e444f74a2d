/** The namespace of the caller's own thread that a blocking one is to be like, as far as another thread can have it. */
import { FileError, type User } from '../file/index.ts';
import { formatCommand, parseAddress, type MountStatus } from '../namespaces/index.ts';

/** What is asked of it: a Namespace can say all that. */
export interface Followed {
  readonly user: User;
  readonly cwd: string;
  print(): string;
  status(): readonly MountStatus[];
}

/** The kinds of address that lead to the same tree whoever dials them: a server's, or a directory of this machine. */
const SAME_FOR_ALL = ['tcp', 'unix', 'tls', 'ws', 'wss', 'ssh', 'exec', 'srv', 'file'];

/**
 * The commands that mount the same trees in another thread; where relative paths begin is told by `cwd`.
 *
 * @throws FileError of code EOPNOTSUPP if something is mounted that is in this thread's memory.
 */
export function scriptOf(namespace: Followed): string {
  for (const mount of namespace.status()) check(mount);
  const { cwd } = namespace;
  const last = cwd === '/' ? '' : `${formatCommand({ verb: 'cd', dir: cwd })}\n`;
  const script = namespace.print();
  return script.slice(0, script.length - last.length);
}

function check({ verb, from, old }: MountStatus): void {
  if (verb === 'bind') return;
  if (from !== undefined && SAME_FOR_ALL.includes(parseAddress(from).scheme)) return;
  const what =
    from === undefined ? 'a File of this thread' : `'${from}', a tree that is made by whoever dials it`;
  throw new FileError(
    'EOPNOTSUPP',
    `${old} is ${what}; the blocking calls work in another thread, which cannot have it: unmount it, or serve it and mount its address`,
  );
}

/** ns serve --post: a server under a name that others on this machine find at `srv:`. */
import { FileError, codeOf } from '../file/index.ts';
import { credentialsOfHost } from '../serve.ts';
import { checkServiceName } from '../resources/index.ts';
import type { Server } from '../server/index.ts';
import { probeService, userPosts } from '../services.ts';
import { formatAddress, listen } from '../transport/index.ts';
import type { Listener } from '../transport/stream.ts';
import { UsageError, reasonOf } from './failure.ts';
import { complain, put } from './output.ts';

/** The option's argument. */
export function serviceName(text: string): string {
  try {
    checkServiceName(text);
    return text;
  } catch (error) {
    throw new UsageError(`--post: ${reasonOf(error)}`);
  }
}

/**
 * Posts a server; to close what comes back takes it away. `what` says what it serves, for people.
 *
 * @throws FileError `EEXIST` for a name that is taken by a living service.
 */
export async function post(server: Server, name: string, what: string): Promise<Listener> {
  const posts = userPosts();
  const address = { scheme: 'unix', path: posts.pathOf(name), options: new Map<string, string>() };
  const before = posts.find(name);
  if (before) {
    if ((await probeService(before.path)) !== 'gone') throw taken(name, posts.linesOf(before));
    posts.remove(before);
  }
  const listener = await listen(address, (stream) => server.accept(stream), {
    credentials: credentialsOfHost(),
    problem: complain,
  }).catch((error: unknown) => {
    throw codeOf(error) === 'EADDRINUSE' ? taken(name, []) : error;
  });
  const posted = posts.find(name);
  const close = (): Promise<void> => {
    if (posted) posts.withdraw(posted);
    return listener.close();
  };
  try {
    if (posted) posts.describe(posted, { pid: process.pid, what });
    await put(`posted ${name}\n`);
  } catch (error) {
    await close();
    throw error;
  }
  return { address: formatAddress(address), close, [Symbol.asyncDispose]: close };
}

function taken(name: string, facts: readonly string[]): FileError {
  const by = facts.length > 0 ? ` (${facts.join(', ')})` : '';
  const text = `cannot post ${name}: a service of that name is posted already${by}`;
  return new FileError('EEXIST', `${text}; stop it, or choose another name`);
}

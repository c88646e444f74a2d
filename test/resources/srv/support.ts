/** A directory of posted services, with servers that listen, that have died, and that hang. */
import { once } from 'node:events';
import { linkSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fid } from '../../../src/client/index.ts';
import type { User } from '../../../src/file/index.ts';
import { Posts, srv, type Answer } from '../../../src/resources/index.ts';

const OWNER: User = { name: 'glenda', uid: process.getuid!(), gid: process.getgid!(), serves: true };

export class Services implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'nines-srv-'));
  readonly posts = new Posts(this.directory);
  /** What each answers; whoever is not in it is gone. */
  readonly answers = new Map<string, Answer>();
  /** The names that were asked. */
  readonly asked: string[] = [];
  readonly #servers = new Set<net.Server>();

  /** Posts a socket of that name, on which somebody listens. */
  async post(name: string, answer: Answer = 'yes'): Promise<void> {
    const bound = join(this.directory, `.bound-${this.#servers.size}`);
    const server = net.createServer();
    this.#servers.add(server);
    server.listen(bound);
    await once(server, 'listening');
    linkSync(bound, join(this.directory, name));
    rmSync(bound);
    this.answers.set(name, answer);
  }

  /** The tree, as its owner uses it. */
  tree(user: User = OWNER): Fid {
    const probe = (path: string): Promise<Answer> => {
      const name = path.slice(this.directory.length + 1);
      this.asked.push(name);
      return Promise.resolve(this.answers.get(name) ?? 'gone');
    };
    return new Fid(srv(this.posts, probe), { user });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) server.close();
    await Promise.all([...this.#servers].map((server) => once(server, 'close')));
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export async function namesIn(tree: Fid): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of tree.list()) names.push(name);
  return names;
}

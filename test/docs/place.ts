/**
 * Where the commands of a document run: a private directory, in which /srv, /tmp and /run of the documents are, and a
 * free port for each port of this machine that they name.
 */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endDaemons } from '../e2e/daemons.ts';
import { endExports } from '../e2e/mounts.ts';
import { root } from '../root.ts';

const NS = fileURLToPath(new URL('../../bin/ns.js', import.meta.url));

/** The port of an address that stays on this machine, or is to be listened on by all of its interfaces. */
const PORT = /\b(?:127\.0\.0\.1|0\.0\.0\.0|localhost):([1-9]\d*)\b/g;
/** A directory of the host that stands at the start of a path. */
const DIRECTORY = /(?<=file:|unix:\/\/|unix!|^|\s|>)\/(?=(?:srv|tmp|run)\/)/gm;

export class Place implements AsyncDisposable {
  readonly #directory: string;
  readonly #ports = new Map<string, number>();

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async make(): Promise<Place> {
    const directory = await mkdtemp(join(tmpdir(), 'ns-'));
    for (const name of ['bin', 'home', 'srv/music', 'tmp', 'run/user/1000', 'work'])
      await mkdir(join(directory, name), { recursive: true });
    await cp(join(root, 'docs'), join(directory, 'work/docs'), { recursive: true });
    await writeFile(join(directory, 'srv/music/song.txt'), 'la la la\n');
    const program = async (name: string, text: string): Promise<void> =>
      writeFile(join(directory, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    await program('ns', `exec '${process.execPath}' '${NS}' "$@"`);
    await program('npx', '[ "$1" = ns ] || exit 1\nshift\nexec ns "$@"');
    return new Place(directory);
  }

  /** Where the commands run. */
  get cwd(): string {
    return join(this.#directory, 'work');
  }

  /** Their environment: a user who has no keys and knows no servers. */
  get env(): NodeJS.ProcessEnv {
    const { PATH, LANG } = process.env;
    const home = join(this.#directory, 'home');
    return {
      PATH: `${join(this.#directory, 'bin')}:${PATH}`,
      LANG,
      HOME: home,
      TMPDIR: join(this.#directory, 'tmp'),
      XDG_RUNTIME_DIR: this.#runtime,
    };
  }

  get #runtime(): string {
    return join(this.#directory, 'run/user/1000');
  }

  /** The commands as they are run here. */
  async here(text: string): Promise<string> {
    for (const [, port] of text.matchAll(PORT)) {
      if (!this.#ports.has(port)) this.#ports.set(port, await freePort());
    }
    return text
      .replaceAll(PORT, (_, port: string) => `127.0.0.1:${this.#ports.get(port)}`)
      .replaceAll(DIRECTORY, `${this.#directory}/`);
  }

  /** What they print, as the documents have it. */
  there(printed: string): string {
    let text = printed.replaceAll(this.#directory, '');
    for (const [port, free] of this.#ports) text = text.replaceAll(`127.0.0.1:${free}`, `127.0.0.1:${port}`);
    return text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endExports(this.#runtime, this.#directory);
    await endDaemons(this.#runtime);
    await rm(this.#directory, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

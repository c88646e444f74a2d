/** A namespace, with what is known of it and kept of it. */
import { FileError, codeOf, quoteWord, type Code } from '../file/index.ts';
import type { Namespace } from '../namespaces/index.ts';
import type { Operation } from '../namespaces/script/command.ts';
import { runCommand, type ScriptNamespace } from '../namespaces/script/run.ts';
import { log } from './log.ts';
import type { Memory } from './memory.ts';
import { News } from './news.ts';
import type { MountLine, Status } from './status.ts';

/** Milliseconds between two looks at how the mounts fare, while somebody reads the events. */
const LOOK = 250;

export class Holding {
  readonly name: string;
  readonly namespace: Namespace;
  readonly memory: Memory;
  readonly #since = new Date();
  readonly #news = new News();
  /** The mounts as they were at the last look. */
  #seen: ReadonlyMap<string, Told> = new Map();

  constructor(name: string, memory: Memory, namespace: Namespace) {
    this.name = name;
    this.memory = memory;
    this.namespace = namespace;
  }

  /** Changes the namespace, and keeps what it is then. A mount ends when the signal says so. */
  async perform(operation: Operation, signal: AbortSignal): Promise<void> {
    const { namespace } = this;
    const world: ScriptNamespace = {
      mount: (url, old, flags, options) => namespace.mount(url, old, flags, { ...options, signal }),
      bind: (from, old, flags) => namespace.bind(from, old, flags),
      unmount: (...names: [string] | [string, string]) =>
        names.length === 1 ? namespace.unmount(names[0]) : namespace.unmount(...names),
      cd: (dir) => namespace.cd(dir),
      clear: () => namespace.clear(),
    };
    await runCommand(operation, { namespace: world });
    if (this.#news.isRead) this.#look();
    this.#keep();
  }

  /** What was done is done, whether or not it can be kept. */
  #keep(): void {
    try {
      this.memory.keep(this.script());
    } catch (error) {
      log('the namespace cannot be kept for ns restore', error);
      const why = error instanceof Error ? error.message : String(error);
      const text = `it is done, but ns restore could not do it again: ${why}; make room there`;
      throw new FileError(codeOf(error) as Code, text, { cause: error });
    }
  }

  /** The commands that make the namespace again. */
  script(): string {
    return this.namespace.print();
  }

  status(): Omit<Status, 'idle'> {
    const { name, memory } = this;
    const lost = memory.crashed ? (memory.last.match(/^(?:mount|bind) /gm) ?? []).length : 0;
    return { name, pid: process.pid, since: this.#since, lost, mounts: this.#mounts() };
  }

  /** Mounts that come, go, fail and answer again, a line each, from now on. */
  async *events(signal: AbortSignal): AsyncGenerator<string> {
    this.#look();
    const looking = setInterval(() => this.#look(), LOOK);
    try {
      yield* this.#news.read(signal);
    } finally {
      clearInterval(looking);
    }
  }

  async close(): Promise<void> {
    await this.namespace.close().catch((error: unknown) => log('the mounts could not be given up', error));
  }

  #mounts(): readonly MountLine[] {
    return this.namespace.status().map(({ from = '', ...mount }) => ({ ...mount, from }));
  }

  /** Says what has changed since the last look. */
  #look(): void {
    const [before, now] = [this.#seen, told(this.#mounts())];
    this.#seen = now;
    for (const [key, { words }] of before) if (!now.has(key)) this.#news.say(`unmounted ${words}`);
    for (const [key, { words, why }] of now) {
      const known = before.get(key);
      if (!known) this.#news.say(`mounted ${words}`);
      if (why !== undefined && known?.why === undefined) this.#news.say(`lost ${words} ${quoteWord(why)}`);
      if (why === undefined && known?.why !== undefined) this.#news.say(`back ${words}`);
    }
  }
}

/** What there is to be said of a mount. */
interface Told {
  readonly words: string;
  /** Why nothing can be had from it; undefined if it is well. */
  readonly why: string | undefined;
}

/** By what tells the mounts apart: the same may have been mounted at the same place several times. */
function told(mounts: readonly MountLine[]): ReadonlyMap<string, Told> {
  const all = new Map<string, Told>();
  for (const { from, old, state, failure } of mounts) {
    const words = `${quoteWord(from)} ${quoteWord(old)}`;
    let key = words;
    while (all.has(key)) key += '+';
    all.set(key, { words, why: failure ?? (state === 'up' ? undefined : state) });
  }
  return all;
}

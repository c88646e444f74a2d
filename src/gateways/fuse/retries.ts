/**
 * Opens that came too late. Between the kernel's lookup and its open of what was found, another file may take the name:
 * whoever replaces a file by rename(2) is promised that readers find the one or the other. With ESTALE the kernel looks
 * up once more and opens once more, and no further: that time what is found is opened while it is looked up.
 */
import type { Chan, OpenMode, Request } from '../../file/index.ts';
import { abandon } from './chans.ts';
import type { Call } from './call.ts';
import type { Node } from './node.ts';

/** Milliseconds in which the kernel comes back. */
const PATIENCE = 1000;

interface Lost {
  readonly name: string;
  readonly mode: OpenMode;
  readonly at: number;
}

interface Kept {
  readonly chan: Chan;
  readonly mode: OpenMode;
  readonly timer: NodeJS.Timeout;
}

export class Retries {
  /** By thread. */
  readonly #lost = new Map<number, Lost>();
  readonly #kept = new Map<Node, Kept>();
  /** As whom that is closed which nobody comes for. */
  readonly #r: Request;

  constructor(r: Request) {
    this.#r = r;
  }

  /** An open of the file that had the name came too late. Nothing is emptied before its time. */
  lost({ pid }: Call, name: string, mode: OpenMode): void {
    if (pid !== 0 && !mode.truncate) this.#lost.set(pid, { name, mode, at: performance.now() });
    for (const [thread, { at }] of this.#lost) {
      if (performance.now() - at <= PATIENCE) break;
      this.#lost.delete(thread);
    }
  }

  /** How what is looked up now is going to be opened, if that is known. */
  wish({ pid }: Call, name: string): OpenMode | undefined {
    if (this.#lost.size === 0) return undefined;
    const lost = this.#lost.get(pid);
    if (lost?.name !== name) return undefined;
    this.#lost.delete(pid);
    return performance.now() - lost.at <= PATIENCE ? lost.mode : undefined;
  }

  /** Keeps what was opened until the kernel opens it. */
  keep(node: Node, chan: Chan, mode: OpenMode): void {
    this.#end(node);
    this.#kept.set(node, { chan, mode, timer: setTimeout(() => this.#end(node), PATIENCE) });
  }

  /** What was kept for this open. */
  take(node: Node, mode: OpenMode): Chan | undefined {
    if (this.#kept.size === 0) return undefined;
    const kept = this.#kept.get(node);
    if (kept?.mode !== mode) return undefined;
    clearTimeout(kept.timer);
    this.#kept.delete(node);
    return kept.chan;
  }

  close(): void {
    for (const node of this.#kept.keys()) this.#end(node);
  }

  #end(node: Node): void {
    const kept = this.#kept.get(node);
    if (!kept) return;
    clearTimeout(kept.timer);
    this.#kept.delete(node);
    abandon(kept.chan, 'lost', this.#r);
  }
}

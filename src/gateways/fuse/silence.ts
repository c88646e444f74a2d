/** Trees that do not answer: calls fail at once, until one does. */
import { setTimeout as delay } from 'node:timers/promises';
import { isOfTheWay } from './errors.ts';
import type { Node } from './node.ts';
import type { Session } from './session.ts';

/** Milliseconds between attempts to reach a tree that cannot be reached. */
const PAUSE = 500;

export class Silence {
  readonly #session: Session;
  readonly #silent = new Set<object>();

  constructor(session: Session) {
    this.#session = session;
  }

  of(node: Node | undefined): boolean {
    return this.#silent.size > 0 && node !== undefined && this.#silent.has(node.tree);
  }

  /** The file was asked for, and nothing came. It is asked until something does. */
  begin(node: Node): void {
    const { tree } = node;
    if (this.#silent.has(tree)) return;
    this.#silent.add(tree);
    const { log } = this.#session.settings;
    log(`no answer about ${node.where}: what is asked of its tree fails (EIO) until one comes`);
    void this.#ask(node).then(() => {
      this.#silent.delete(tree);
      if (this.#session.own.signal.aborted) return;
      log(`an answer about ${node.where}: its tree is there again`);
    });
  }

  async #ask(node: Node): Promise<void> {
    const { nodes, own } = this.#session;
    while (!own.signal.aborted) {
      try {
        await nodes.use(node, own, (chan) => chan.attr(own));
        return;
      } catch (error) {
        // Any other error is an answer.
        if (!isOfTheWay(error)) return;
        await delay(PAUSE, undefined, { ref: false });
      }
    }
  }
}

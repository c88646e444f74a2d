/** A namespace in a process of its own: its tree at one socket, its control at another. */
import { dialWithKeys, tlsConnectOptions } from '../keys.ts';
import { newNamespace } from '../namespace.ts';
import { controlTree } from './control-tree.ts';
import { Door } from './door.ts';
import { Holding } from './holding.ts';
import type { Home } from './home.ts';
import { Idle } from './idle.ts';
import { Memory } from './memory.ts';

/** Milliseconds that clients and mounted servers have to answer when it ends. */
const FAREWELL = 3000;

export class Daemon {
  /** Resolves when it has ended, with the reason. */
  readonly ended: Promise<string>;
  readonly #holding: Holding;
  readonly #idle = new Idle(() => void this.stop(`nobody has used it for ${this.#idle.text}`));
  #doors: readonly Door[] = [];
  #end!: (why: string) => void;
  #stopping = false;

  private constructor(holding: Holding) {
    this.#holding = holding;
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  /** To be called by the process that holds the lock. */
  static async start(home: Home): Promise<Daemon> {
    const namespace = await newNamespace({ dial: dialWithKeys(tlsConnectOptions) });
    const daemon = new Daemon(new Holding(home.name, new Memory(home), namespace));
    await daemon.#open(home);
    return daemon;
  }

  /** Gives up all mounts and ends. What clients wait for ends with an error. */
  async stop(why: string): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#idle.close();
    this.#holding.memory.endWanted();
    const impatience = setTimeout(() => this.#end(why), FAREWELL);
    await this.#close();
    clearTimeout(impatience);
    this.#end(why);
  }

  async #open(home: Home): Promise<void> {
    // What has asked for the end is answered first.
    const stop = (): void => void setImmediate(() => this.stop('it was asked to'));
    const control = controlTree({ holding: this.#holding, idle: this.#idle, stop });
    // The control comes last: commands look for it, and take it for the sign that all is there.
    const tree = await Door.open(home.tree, this.#holding.namespace.file(), this.#idle);
    this.#doors = [tree, await Door.open(home.ctl, control, this.#idle)];
  }

  async #close(): Promise<void> {
    const [tree, control] = this.#doors;
    await tree.close();
    await this.#holding.close();
    // Whoever has asked for the end waits there.
    await control.close();
  }
}

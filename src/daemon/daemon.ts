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
  readonly #idle: Idle;
  readonly #control: Door;
  readonly #tree: Door;
  readonly #holding: Holding;
  #end!: (why: string) => void;
  #stopping = false;

  private constructor(idle: Idle, control: Door, tree: Door, holding: Holding) {
    this.#idle = idle;
    this.#control = control;
    this.#tree = tree;
    this.#holding = holding;
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  /** @throws an error of code EADDRINUSE if another process has the namespace. */
  static async start(home: Home): Promise<Daemon> {
    const idle = new Idle();
    const doors: Door[] = [];
    try {
      // Whoever has the first of them has the namespace: what is kept of it is not touched before.
      for (const path of [home.ctl, home.tree]) doors.push(await Door.open(path, idle));
      const [control, tree] = doors;
      const namespace = newNamespace({ dial: dialWithKeys(tlsConnectOptions) });
      const daemon = new Daemon(idle, control, tree, new Holding(home.name, new Memory(home), namespace));
      daemon.#serve();
      return daemon;
    } catch (error) {
      await Promise.all(doors.map((door) => door.close()));
      throw error;
    }
  }

  /** Gives up all mounts and ends. What clients wait for ends with an error. */
  async stop(why: string): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#idle.close();
    this.#holding.memory.endWanted();
    const impatience = setTimeout(() => this.#end(why), FAREWELL);
    await this.#tree.close();
    await this.#holding.close();
    // Whoever has asked for the end waits there.
    await this.#control.close();
    clearTimeout(impatience);
    this.#end(why);
  }

  #serve(): void {
    const [holding, idle] = [this.#holding, this.#idle];
    idle.ended = () => void this.stop(`nobody has used it for ${idle.text}`);
    // What has asked for the end is answered first.
    const stop = (): void => void setImmediate(() => void this.stop('it was asked to'));
    this.#tree.serve(holding.namespace.file());
    this.#control.serve(controlTree({ holding, idle, stop }));
  }
}

/**
 * Where a File was found: the directory that it was walked from, and by which name, up to the root of the attach. It
 * is what makes `..` right, and remove and rename possible for a file that does not know its name. Several Chans may
 * share a Place; the File is released with the last of them.
 */
import type { File } from './file.ts';

export class Place {
  readonly file: File;
  /** Undefined for the root of the attach, whose `..` is itself. */
  parent: Place | undefined;
  /** Changes when the file is renamed. */
  name: string;
  #holders = 1;
  readonly #dispose: () => void;

  /** @param dispose - gives the File up; unless the File is owned elsewhere, that is its release. */
  constructor(file: File, parent?: Place, name = '/', dispose: () => void = () => file.release?.()) {
    this.file = file;
    this.parent = parent?.hold();
    this.name = name;
    this.#dispose = dispose;
  }

  hold(): this {
    this.#holders++;
    return this;
  }

  /** A loop, for a path may be longer than the stack is deep. */
  release(): void {
    for (let place: Place | undefined = this; place && --place.#holders === 0; place = place.parent) {
      place.#dispose();
    }
  }

  /**
   * The file has another name from now on. If its new directory was found through it, by a way that somebody else's
   * rename has ended since, the name stays as it is, stale: Places that hold each other would be a path without end.
   */
  moved(parent: Place, name: string): void {
    for (let above: Place | undefined = parent; above; above = above.parent) if (above === this) return;
    const before = this.parent;
    this.parent = parent.hold();
    this.name = name;
    before?.release();
  }

  /** From the root of the attach. */
  get path(): string {
    let path = '';
    for (let place: Place = this; place.parent; place = place.parent) path = `/${place.name}${path}`;
    return path || '/';
  }
}

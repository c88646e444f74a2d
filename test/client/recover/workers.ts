/**
 * Clients that do one thing after the other with files of their own, and know what must have come of it. Whatever they
 * do may end with an unknown outcome, and with no other failure: then they look which it was.
 */
import type { Fid, FidError } from '../../../src/client/index.ts';

/** Numbers below a limit. */
export type Dice = (limit: number) => number;

/** The same numbers for the same seed (mulberry32). */
export function dice(seed: number): Dice {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

export interface Worker {
  readonly name: string;
  /** Before any cut. */
  prepare(): Promise<void>;
  step(): Promise<void>;
  /** Compares with what is there: after the last cut. */
  check(): Promise<void>;
  end(): Promise<void>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** How often something ended with an unknown outcome. */
export const unknown = { count: 0 };

/** Whether it was done; undefined if that is not known. */
async function tried(work: Promise<unknown>): Promise<true | undefined> {
  try {
    await work;
    return true;
  } catch (error) {
    if ((error as FidError).outcome !== 'unknown') throw error;
    unknown.count++;
    return undefined;
  }
}

function must(condition: boolean, what: string): void {
  if (!condition) throw new Error(`against the model: ${what}`);
}

/** Writes pieces at places of a file that stays open for long, and reads them. */
export class Writer implements Worker {
  readonly name = 'writer';
  readonly #root: Fid;
  readonly #dice: Dice;
  readonly #model = new Uint8Array(4096);
  #file: Fid | undefined;

  constructor(root: Fid, dice: Dice) {
    this.#root = root;
    this.#dice = dice;
  }

  async prepare(): Promise<void> {
    this.#file = await this.#root.create('written', { mode: 'r+' });
    await this.#file.write(this.#model);
  }

  async step(): Promise<void> {
    const offset = this.#dice(4000);
    const length = 1 + this.#dice(96);
    const file = this.#file!;
    if (this.#dice(20) === 0) return this.#another();
    if (this.#dice(2) === 0) {
      const bytes = await file.read({ offset, length });
      return must(this.#has(bytes, offset) && bytes.length === length, `a read at ${offset}`);
    }
    const bytes = new Uint8Array(length).fill(1 + this.#dice(255));
    if (await tried(file.write(bytes, { offset }))) return this.#model.set(bytes, offset);
    const now = await file.read({ offset, length });
    if (Buffer.compare(now, bytes) === 0) return this.#model.set(bytes, offset);
    must(this.#has(now, offset), `half a write at ${offset}`);
  }

  async check(): Promise<void> {
    must(this.#has(await this.#root.readFile('written'), 0), 'what was written');
  }

  async end(): Promise<void> {
    await tried(this.#file!.close());
  }

  async #another(): Promise<void> {
    await tried(this.#file!.close());
    this.#file = await (await this.#root.walk('written')).open('r+');
  }

  #has(bytes: Uint8Array, offset: number): boolean {
    return Buffer.compare(bytes, this.#model.subarray(offset, offset + bytes.length)) === 0;
  }
}

/** Appends numbered records: each is there once if it was acknowledged, and not more than once in any case. */
export class Appender implements Worker {
  readonly name = 'appender';
  readonly #root: Fid;
  readonly #dice: Dice;
  readonly #certain: boolean[] = [];
  #file: Fid | undefined;

  constructor(root: Fid, dice: Dice) {
    this.#root = root;
    this.#dice = dice;
  }

  async prepare(): Promise<void> {
    await this.#root.writeFile('log', '');
    this.#file = await (await this.#root.walk('log')).open('a');
  }

  async step(): Promise<void> {
    const number = this.#certain.push(false) - 1;
    const done = await tried(this.#file!.write(`${number}\n`, { offset: 0 }));
    this.#certain[number] = done ?? false;
    if (this.#dice(30) === 0) await this.check();
  }

  async check(): Promise<void> {
    const lines = (await this.#root.readText('log')).split('\n').slice(0, -1).map(Number);
    const last = lines.reduce((before, line) => {
      must(line > before, `record ${line} after ${before}`);
      return line;
    }, -1);
    must(last < this.#certain.length, `record ${last}`);
    const there = new Set(lines);
    this.#certain.forEach((certain, number) =>
      must(!certain || there.has(number), `record ${number} is lost`),
    );
  }

  async end(): Promise<void> {
    await tried(this.#file!.close());
  }
}

/** Creates, renames and removes files: what is done twice would fail the second time. */
export class Mover implements Worker {
  readonly name = 'mover';
  readonly #root: Fid;
  readonly #dice: Dice;
  /** What each name holds. */
  readonly #model = new Map<string, string>();
  #serial = 0;

  constructor(root: Fid, dice: Dice) {
    this.#root = root;
    this.#dice = dice;
  }

  async prepare(): Promise<void> {
    await this.#root.mkdir('names');
  }

  async step(): Promise<void> {
    const name = `n${this.#dice(8)}`;
    const there = this.#model.has(name);
    switch (this.#dice(5)) {
      case 0:
      case 1:
        return there ? this.#remove(name) : this.#create(name);
      case 2:
        return there ? this.#rename(name) : this.#missing(name);
      case 3:
        return there ? this.#change(name) : this.#create(name);
      default:
        return this.#look(name);
    }
  }

  async check(): Promise<void> {
    const found: string[] = [];
    for await (const { name } of this.#root.list({ path: 'names' })) found.push(name);
    const expected = [...this.#model.keys()].toSorted().join(' ');
    must(found.toSorted().join(' ') === expected, `the names ${found.join(' ')}, not ${expected}`);
    for (const name of found) await this.#look(name);
  }

  async end(): Promise<void> {}

  async #create(name: string): Promise<void> {
    const path = `names/${name}`;
    const content = `${++this.#serial}`;
    let file: Fid | undefined;
    const create = async (): Promise<void> => void (file = await this.#root.create(path));
    if (!(await tried(create())) && !(await this.#exists(name))) return;
    this.#model.set(name, '');
    if (!file) return;
    if (await tried(file.write(content))) this.#model.set(name, content);
    else this.#model.set(name, await this.#root.readText(path));
    await tried(file.close());
  }

  async #remove(name: string): Promise<void> {
    const done = await tried(this.#root.remove(`names/${name}`));
    if (done ?? !(await this.#exists(name))) this.#model.delete(name);
  }

  async #rename(name: string): Promise<void> {
    const to = `n${8 + ++this.#serial}`;
    const done = await tried(this.#root.rename(`names/${name}`, `names/${to}`));
    if (!(done ?? (await this.#exists(to)))) return;
    this.#model.set(to, this.#model.get(name)!);
    this.#model.delete(name);
    await this.#look(name);
    // It makes room again.
    await this.#remove(to);
  }

  async #change(name: string): Promise<void> {
    const mode = this.#dice(2) === 0 ? 0o600 : 0o640;
    const path = `names/${name}`;
    if (!(await tried(this.#root.change(path, { mode })))) return;
    must((await this.#root.stat(path)).mode === mode, `the mode of ${name}`);
  }

  async #look(name: string): Promise<void> {
    if (!this.#model.has(name)) return this.#missing(name);
    const text = await this.#root.readText(`names/${name}`);
    must(text === this.#model.get(name), `${name} holds ${text}, not ${this.#model.get(name)}`);
  }

  async #missing(name: string): Promise<void> {
    must(!(await this.#exists(name)), `${name} is there`);
  }

  async #exists(name: string): Promise<boolean> {
    try {
      await this.#root.stat(`names/${name}`);
      return true;
    } catch (error) {
      if ((error as FidError).code === 'ENOENT') return false;
      throw error;
    }
  }
}

/** Lists a directory that nobody changes, and reads its files by fids that are used now and then. */
export class Reader implements Worker {
  readonly name = 'reader';
  readonly #root: Fid;
  readonly #dice: Dice;
  readonly #fids: Fid[] = [];

  constructor(root: Fid, dice: Dice) {
    this.#root = root;
    this.#dice = dice;
  }

  async prepare(): Promise<void> {
    await this.#root.mkdir('stable');
    for (let i = 0; i < 40; i++) {
      await this.#root.writeFile(`stable/${i}`, `${i}`.repeat(50));
      const fid = await this.#root.walk(`stable/${i}`);
      this.#fids.push(i % 2 === 0 ? fid : await fid.open());
    }
  }

  async step(): Promise<void> {
    const i = this.#dice(40);
    switch (this.#dice(4)) {
      case 0:
        return this.check();
      case 1:
        must((await this.#root.readText(`stable/${i}`)) === `${i}`.repeat(50), `the text of ${i}`);
        return;
      default:
        return this.#use(i);
    }
  }

  async check(): Promise<void> {
    const found: number[] = [];
    for await (const { name } of this.#root.list({ path: 'stable' })) found.push(Number(name));
    must(found.length === 40 && new Set(found).size === 40, `the list ${found.join(' ')}`);
  }

  async end(): Promise<void> {
    await Promise.all(this.#fids.map((fid) => fid.close()));
  }

  async #use(i: number): Promise<void> {
    const fid = this.#fids[i];
    const whole = encoder.encode(`${i}`.repeat(50));
    if (!fid.mode) return must((await fid.stat()).size === whole.length, `the size of ${i}`);
    const offset = this.#dice(50);
    const text = decoder.decode(await fid.read({ offset, length: 10 }));
    must(text === decoder.decode(whole.subarray(offset, offset + 10)), `${i} at ${offset}`);
  }
}

/** ns tree: directories, drawn with all that is below them. */
import type { Command } from 'commander';
import { FileError, type FileType } from '../file/index.ts';
import { Failures } from './each.ts';
import { placesHelp } from './help.ts';
import { wholeNumber } from './numbers.ts';
import { coloured, put, shown } from './output.ts';
import { Places, type Place } from './place.ts';

interface Options {
  readonly level?: number;
  readonly all?: boolean;
}

export function define(command: Command): void {
  command
    .argument('<PLACE>', 'a directory')
    .option('-L, --level <N>', 'how deep to go', (text: string) => wholeNumber('--level', text, 1, 1_000_000))
    .option('-a, --all', 'also names that begin with a dot')
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = placesHelp(`  ns tree 'tcp://127.0.0.1:5640'
  ns tree -L 2 'ssh://host/srv'`);

async function run(text: string, { level = Infinity, all = false }: Options): Promise<void> {
  await using places = new Places();
  const place = places.at(text);
  const drawing = new Drawing(level, all);
  await drawing.root(place);
  drawing.failures.check();
}

interface Name {
  readonly name: string;
  readonly type: FileType;
}

class Drawing {
  readonly failures = new Failures();
  readonly #level: number;
  readonly #all: boolean;
  #dirs = 0;
  #files = 0;

  constructor(level: number, all: boolean) {
    this.#level = level;
    this.#all = all;
  }

  async root(place: Place): Promise<void> {
    const top = await place.attempt('list', () => place.resolved());
    const names = await top.attempt('list', () => this.#names(top));
    await put(`${shown(place.text)}\n`);
    await this.#draw(top, names, '', 1);
    await put(`\n${count(this.#dirs, 'directory', 'directories')}, ${count(this.#files, 'file', 'files')}\n`);
  }

  async #draw(dir: Place, names: readonly Name[], indent: string, depth: number): Promise<void> {
    for (const [i, { name, type }] of names.entries()) {
      const last = i === names.length - 1;
      await put(
        `${indent}${last ? '└── ' : '├── '}${type === 'dir' ? coloured('blue', shown(name)) : shown(name)}\n`,
      );
      if (type === 'dir') {
        this.#dirs++;
        if (depth < this.#level)
          await this.#below(dir.below(name), indent + (last ? '    ' : '│   '), depth + 1);
      } else this.#files++;
    }
  }

  async #below(dir: Place, indent: string, depth: number): Promise<void> {
    let names: readonly Name[] = [];
    try {
      names = await dir.attempt('list', () => this.#names(dir));
    } catch (error) {
      this.failures.add(error);
    }
    await this.#draw(dir, names, indent, depth);
  }

  /** In order. */
  async #names(place: Place): Promise<readonly Name[]> {
    await using dir = await place.walk();
    if (!dir.isDir) throw new FileError('ENOTDIR', 'not a directory; ns cat prints it');
    const names: Name[] = [];
    for await (const { name, type } of dir.list())
      if (this.#all || !name.startsWith('.')) names.push({ name, type });
    return names.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }
}

const count = (number: number, one: string, many: string): string => `${number} ${number === 1 ? one : many}`;

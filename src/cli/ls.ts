/** ns ls: the names in directories. */
import { posix } from 'node:path';
import type { Command } from 'commander';
import type { Fid, FidError } from '../client/index.ts';
import type { Attr, FileType, Qid } from '../file/index.ts';
import { JSON_HELP, groupOf, modeText, ownerOf, recordOf, sizeText, timeText } from './attributes.ts';
import { Failures } from './each.ts';
import { placesHelp } from './help.ts';
import { JsonArray } from './json.ts';
import { coloured, put, shown } from './output.ts';
import { Places, type Place } from './place.ts';

interface Options {
  readonly long?: boolean;
  readonly recursive?: boolean;
  readonly all?: boolean;
  readonly json?: boolean;
}

export function define(command: Command): void {
  command
    .argument('<PLACE...>', 'directories, or files')
    .option('-l, --long', 'mode, owner, group, size and time of each')
    .option('-R, --recursive', 'with all that is below')
    .option('-a, --all', 'also names that begin with a dot')
    .option('--json', 'print an array of objects')
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = `
Names are printed one a line and in order. On a terminal, control characters in them are escaped (\\n, \\u{7}); elsewhere
names are printed as they are. Symbolic links are followed if they are named, except with -l.
${JSON_HELP}
${placesHelp(`  ns ls 'tcp://127.0.0.1:5640'
  ns ls -l 'tcp://127.0.0.1:5640/docs' ./docs
  ns ls -R --json 'unix:///run/user/1000/ns.sock#/docs'`)}`;

async function run(texts: readonly string[], options: Options): Promise<void> {
  await using places = new Places();
  const all = texts.map((text) => places.at(text));
  const printer = options.json
    ? new JsonPrinter()
    : new TextPrinter(options.long === true, texts.length > 1 || options.recursive === true);
  const lister = new Lister(options, printer);
  for (const place of all) await lister.list(place);
  await printer.end();
  lister.failures.check();
}

/** A file with what is known of it. */
interface Item {
  readonly name: string;
  readonly path: string;
  readonly type: FileType;
  readonly qid: Qid;
  /** Undefined where only names are wanted, or where they cannot be had. */
  readonly attr?: Attr;
  readonly failure?: FidError;
  readonly target?: string;
}

interface Printer {
  /** Something that was named, and is no directory. */
  file(place: Place, item: Item): Promise<void>;
  dir(place: Place, items: readonly Item[]): Promise<void>;
  end(): Promise<void>;
}

class Lister {
  readonly failures = new Failures();
  readonly #options: Options;
  readonly #printer: Printer;

  constructor(options: Options, printer: Printer) {
    this.#options = options;
    this.#printer = printer;
  }

  async list(place: Place): Promise<void> {
    try {
      await using fid = await place.attempt('list', () => (this.#options.long ? place.walk() : place.find()));
      if (fid.isDir) await this.#dir(place, fid);
      else await this.#printer.file(place, await place.attempt('list', () => this.#item(fid, fid.path)));
    } catch (error) {
      this.failures.add(error);
    }
  }

  async #dir(place: Place, fid: Fid): Promise<void> {
    const items = await place.attempt('list', () => this.#items(fid));
    await this.#printer.dir(place, items);
    for (const { name, failure } of items) if (failure) await this.#tell(place.below(name), failure);
    if (!this.#options.recursive) return;
    for (const { name, type } of items) if (type === 'dir') await this.list(place.below(name));
  }

  /** In the order of their names. */
  async #items(dir: Fid): Promise<readonly Item[]> {
    const items: Item[] = [];
    for await (const { name, qid, type, attr, failure } of dir.list({ stat: this.#detailed })) {
      if (name.startsWith('.') && !this.#options.all) continue;
      const path = posix.join(dir.path, name);
      const target = await this.#target(dir, name, type);
      const known = { ...(attr && { attr }), ...(failure && { failure }) };
      items.push({ name, path, qid, type, ...known, ...(target !== undefined && { target }) });
    }
    return items.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async #tell(place: Place, failure: FidError): Promise<void> {
    try {
      await place.attempt('stat', () => Promise.reject(failure));
    } catch (error) {
      this.failures.add(error);
    }
  }

  async #item(fid: Fid, path: string): Promise<Item> {
    const stat = await fid.stat();
    const target = await this.#target(fid, '', stat.type);
    return {
      name: stat.name,
      path,
      qid: stat.qid,
      type: stat.type,
      attr: stat,
      ...(target !== undefined && { target }),
    };
  }

  async #target(from: Fid, path: string, type: FileType): Promise<string | undefined> {
    return type === 'symlink' && this.#detailed ? from.readlink(path) : undefined;
  }

  get #detailed(): boolean {
    return this.#options.long === true || this.#options.json === true;
  }
}

class JsonPrinter implements Printer {
  readonly #array = new JsonArray();

  async file(_place: Place, item: Item): Promise<void> {
    await this.dir(_place, [item]);
  }

  async dir(_place: Place, items: readonly Item[]): Promise<void> {
    for (const item of items) await this.#array.add(recordOf(item));
  }

  end(): Promise<void> {
    return this.#array.end();
  }
}

class TextPrinter implements Printer {
  readonly #long: boolean;
  readonly #headings: boolean;
  #begun = false;

  constructor(long: boolean, headings: boolean) {
    this.#long = long;
    this.#headings = headings;
  }

  async file(place: Place, item: Item): Promise<void> {
    this.#begun = true;
    await put(this.#lines([{ ...item, name: place.text }]));
  }

  async dir(place: Place, items: readonly Item[]): Promise<void> {
    const heading = this.#headings ? `${this.#begun ? '\n' : ''}${shown(place.text)}:\n` : '';
    this.#begun = true;
    await put(heading + this.#lines(items));
  }

  async end(): Promise<void> {}

  #lines(items: readonly Item[]): string {
    const lines = this.#long ? longLines(items) : items.map(nameOf);
    return lines.map((line) => `${line}\n`).join('');
  }
}

/** In columns: text to the left, sizes to the right. */
function longLines(items: readonly Item[]): readonly string[] {
  const rows = items.map((item) => ({ item, columns: columnsOf(item) }));
  const width = (i: number): number =>
    rows.reduce((most, { columns }) => Math.max(most, columns[i].length), 0);
  const [owners, groups, sizes] = [width(1), width(2), width(3)];
  return rows.map(({ item, columns: [mode, owner, group, size, time] }) => {
    const who = `${owner.padEnd(owners)} ${group.padEnd(groups)}`;
    const link = item.target === undefined ? '' : ` -> ${shown(item.target)}`;
    return `${mode} ${who} ${size.padStart(sizes)} ${time} ${nameOf(item)}${link}`;
  });
}

function columnsOf({ type, attr }: Item): readonly string[] {
  if (!attr) return [`${type === 'dir' ? 'd' : '?'}?????????`, '?', '?', '?', '?'];
  return [modeText(attr), shown(ownerOf(attr)), shown(groupOf(attr)), sizeText(attr), timeText(attr.mtime)];
}

function nameOf({ name, type, attr }: Item): string {
  const text = shown(name);
  switch (type) {
    case 'dir':
      return coloured('blue', text);
    case 'symlink':
      return coloured('cyan', text);
    case 'file':
      return attr && (attr.mode & 0o111) !== 0 ? coloured('green', text) : text;
    default:
      return coloured('yellow', text);
  }
}

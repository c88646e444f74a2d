/** The documents, and the blocks of commands and programs in them. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../root.ts';

export interface Block {
  /** Of the document, from the root of the checkout. */
  readonly path: string;
  /** Of the fence. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** What the comment right above the fence says: `in background`. */
  readonly mark: string | undefined;
  /** The `text` block right below: what this one prints. `…` stands for anything. */
  readonly output: string | undefined;
}

export interface Document {
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** Its commands mount file systems: a comment says so. */
  readonly mounts: boolean;
}

function pathsBelow(directory: string): string[] {
  return readdirSync(join(root, directory), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .toSorted();
}

const FENCE = /^(?:<!-- (.*) -->\n)?```(\w*)\n([^]*?)^```$/gm;

function blocksOf(path: string, text: string): readonly Block[] {
  const found = [...text.matchAll(FENCE)];
  return found.map((match, i): Block => {
    const [whole, mark, language, content] = match;
    const end = match.index + whole.length;
    const next = found[i + 1];
    const follows = next?.[2] === 'text' && text.slice(end, next.index).trim() === '';
    const line = text.slice(0, match.index).split('\n').length + (mark === undefined ? 0 : 1);
    return { path, line, language, text: content, mark, output: follows ? next[3] : undefined };
  });
}

/** README.md, and all that is in docs/. */
export const documents: readonly Document[] = ['README.md', ...pathsBelow('docs')].map((path) => {
  const text = readFileSync(join(root, path), 'utf8');
  const mounts = /^<!-- its commands mount -->$/m.test(text);
  return { path, text, blocks: blocksOf(path, text), mounts };
});

/** The document at a path. */
export function document(path: string): Document {
  const found = documents.find((one) => one.path === path);
  if (!found) throw new Error(`there is no ${path}`);
  return found;
}

export const nameOf = ({ path, line }: Block): string => `${path}:${line}`;

/** What a block with a reason says of it: `<!-- not run: it needs root -->`. */
export function reasonOf({ mark }: Block): string | undefined {
  return /^not (?:run|compiled): (.+)$/.exec(mark ?? '')?.[1];
}

/** The rows of the first table below a heading, without its head; each row as its cells. */
export function tableBelow({ path, text }: Document, heading: string): readonly (readonly string[])[] {
  const section = text.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`));
  const table = /^\|.*\|$(?:\n\|.*\|$)+/m.exec(section ?? '')?.[0];
  if (!table) throw new Error(`${path} has no table below '${heading}'`);
  const rows = table.split('\n').slice(2);
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

/** Whether a text is the expected one, in which `…` stands for anything in a line, and alone in a line for any lines. */
export function isLike(text: string, expected: string): boolean {
  const lines = expected
    .trimEnd()
    .split('\n')
    .map((line) => {
      if (line.trim() === '…') return '[^]*?';
      return line.trimEnd().split('…').map(escaped).join('.*?') + '\\n';
    });
  return new RegExp(`^${lines.join('')}$`).test(`${text.trimEnd().replaceAll(/ +$/gm, '')}\n`);
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');

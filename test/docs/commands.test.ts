/** Every command that the documents show does what they say, or has a reason why it is not run here. */
import { describe, expect, test } from '@jest/globals';
import { whyNoFuse } from '../e2e/mounts.ts';
import { document, documents, isLike, nameOf, reasonOf as ownReasonOf, type Block } from './markdown.ts';
import { Shell } from './shell.ts';

/** Milliseconds for the commands of one document. */
const PATIENCE = 60_000;

const lacking = whyNoFuse();
const here = documents.filter(({ path, mounts }) => {
  const left = mounts && lacking !== undefined;
  if (left) process.stderr.write(`not run: the commands of ${path}: FUSE ${lacking}\n`);
  return !left;
});
const all = here.flatMap(({ blocks }) => blocks.filter(({ language }) => language === 'sh'));

/** Why a block is not run here. */
function reasonOf(block: Block): string | undefined {
  return block.mark === 'it mounts' && lacking !== undefined ? `FUSE ${lacking}` : ownReasonOf(block);
}

for (const block of all) {
  const reason = reasonOf(block);
  if (reason) process.stderr.write(`not run: ${nameOf(block)}: ${reason}\n`);
}

test('the marks of the blocks are known', () => {
  const known = /^(?:in background|it mounts|exits [1-9]\d*|not run: .+)$/;
  expect(all.filter(({ mark }) => mark !== undefined && !known.test(mark)).map(nameOf)).toEqual([]);
});

/** `exits 1`: the commands are shown for what they say when they fail. */
function exitCodeOf({ mark }: Block): number {
  return Number(/^exits (\d+)$/.exec(mark ?? '')?.[1] ?? 0);
}

function check(block: Block, printed: string): void {
  const { output, text } = block;
  if (output === undefined || isLike(printed, output)) return;
  throw new Error(`${nameOf(block)}\n${text}\nprints:\n${printed}\nand should print:\n${output}`);
}

async function runOne(shell: Shell, block: Block): Promise<void> {
  const { code, printed } = await shell.run(block.text);
  if (code !== exitCodeOf(block))
    throw new Error(`${nameOf(block)}: exit code ${code}\n${block.text}\nprints:\n${printed}`);
  check(block, printed);
}

async function runAll(path: string): Promise<void> {
  await using shell = await Shell.begin();
  const started: [Block, () => Promise<string>][] = [];
  for (const block of document(path).blocks) {
    if (block.language !== 'sh' || reasonOf(block)) continue;
    if (block.mark === 'in background') started.push([block, await shell.start(block.text)]);
    else await runOne(shell, block);
  }
  for (const [block, stopped] of started) check(block, await stopped());
}

describe('the commands of', () => {
  const run = all.filter((block) => !reasonOf(block)).map(({ path }) => path);
  test.concurrent.each([...new Set(run)])('%s', runAll, PATIENCE);
});

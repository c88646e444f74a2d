/** Serves the tree at an address until it is killed: `node server.js ram:`; it ends with whoever has begun it. */
import { dial, dir, serve, stream } from '../../src/index.ts';

async function* quiet(signal: AbortSignal): AsyncGenerator<string> {
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  yield '';
}

const [url = 'ram:'] = process.argv.slice(2);
const tree = url === 'quiet' ? dir({ quiet: stream(quiet) }) : await dial(url);
const serving = await serve('tcp://127.0.0.1:0', tree);
process.stdout.write(`${serving.address}\n`);
process.stdin.resume().on('end', () => process.exit());

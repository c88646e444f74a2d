/**
 * An export in the background: `node main.js KIND SOURCE MOUNTPOINT [OPTIONS]…`. It says on descriptor 3 what has
 * become of it.
 */
import { closeSync, statSync, truncateSync, writeSync } from 'node:fs';
import { log } from '../../daemon/log.ts';
import { describe } from '../failure.ts';
import { gatewayOf } from '../gateways.ts';
import { ANSWER, READY, logFile } from './background.ts';
import { Options } from './options.ts';
import { serveExport } from './serve.ts';
import { readSource } from './source.ts';

/** Bytes above which the log begins anew. */
const LONGEST_LOG = 1 << 20;

function answer(words: string): void {
  try {
    writeSync(ANSWER, words);
    closeSync(ANSWER);
  } catch {
    // Whoever started this process waits no more.
  }
}

async function main([kind, from, at, ...options]: readonly string[]): Promise<void> {
  if (statSync(logFile()).size > LONGEST_LOG) truncateSync(logFile());
  const gateway = await gatewayOf(kind)();
  const said = await serveExport(
    {
      gateway,
      source: readSource(from),
      at,
      options: new Options(kind, options, gateway.options),
      log: (line) => log(`${at}: ${line}`),
    },
    (line) => {
      log(line);
      answer(READY + line);
    },
  );
  log(said ?? `${at}: ended`);
}

process.on('uncaughtException', (error) => {
  log('ended by a fault of ns', error);
  process.exit(1);
});
try {
  await main(process.argv.slice(2));
  process.exit(0);
} catch (error) {
  const words = describe(error);
  log(words);
  answer(words);
  process.exit(1);
}

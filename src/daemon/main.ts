/** The process that holds a namespace: `node main.js NAME`. It says on descriptor 3 what has become of it. */
import { closeSync, statSync, truncateSync, writeSync } from 'node:fs';
import { codeOf } from '../file/index.ts';
import { Daemon } from './daemon.ts';
import { homeOf, type Home } from './home.ts';
import { ANSWER, BUSY, READY } from './launch.ts';
import { takeLock } from './lock.ts';
import { log } from './log.ts';

/** Bytes above which a log of earlier begins anew. */
const LONGEST_LOG = 1 << 20;

function answer(words: string): void {
  try {
    writeSync(ANSWER, words);
    closeSync(ANSWER);
  } catch {
    // Whoever started this process waits no more.
  }
}

async function start(home: Home): Promise<Daemon | undefined> {
  if (!takeLock(home.lock)) return undefined;
  if (statSync(home.log).size > LONGEST_LOG) truncateSync(home.log);
  try {
    return await Daemon.start(home);
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') return undefined;
    throw error;
  }
}

async function main(name: string): Promise<void> {
  const daemon = await start(homeOf(name));
  if (!daemon) return answer(BUSY);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void daemon.stop(signal));
  log(`serving the namespace ${name}`);
  answer(READY);
  log(`ended: ${await daemon.ended}`);
}

process.on('uncaughtException', (error) => {
  log('ended by a fault of ns', error);
  process.exit(1);
});
try {
  await main(process.argv[2] ?? '');
  process.exit(0);
} catch (error) {
  log('cannot start', error);
  answer(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

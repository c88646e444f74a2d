/**
 * Run by escape.test.ts in a process of its own: puts a symbolic link to another directory in the place of a directory,
 * and takes it away again, until it is ended.
 */
import { renameSync, symlinkSync, unlinkSync } from 'node:fs';

const [, , path, outside] = process.argv;
/** For the case that nobody ends it. */
const end = Date.now() + 20_000;

/** Long enough for an attempt or two on the other side. */
function stay(): void {
  const until = performance.now() + 0.05;
  while (performance.now() < until);
}

process.stdout.write('ready\n');
while (Date.now() < end) {
  renameSync(`${path}/door`, `${path}/room`);
  symlinkSync(outside, `${path}/door`);
  stay();
  unlinkSync(`${path}/door`);
  renameSync(`${path}/room`, `${path}/door`);
  stay();
}

/** Run by escape.test.ts in a process of its own: swaps a directory and a symbolic link to another one, until it is ended. */
import { renameSync, symlinkSync, unlinkSync } from 'node:fs';

const [, , path, outside] = process.argv;
process.stdout.write('ready\n');
for (;;) {
  renameSync(`${path}/door`, `${path}/room`);
  symlinkSync(outside, `${path}/door`);
  unlinkSync(`${path}/door`);
  renameSync(`${path}/room`, `${path}/door`);
}

/**
 * Run by locks.test.ts in a process of its own: locks of another process of the host. Reads `TYPE START LENGTH` lines,
 * tries the lock through the C library, and answers each with `true` or `false`.
 */
import { openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setLock, type FileLockRequest } from '../../../src/host/index.ts';

const fd = openSync(process.argv[2], 'r+');
for await (const line of createInterface({ input: process.stdin })) {
  const [type, start, length] = line.split(' ');
  const request = { type: type as FileLockRequest['type'], start: Number(start), length: Number(length) };
  process.stdout.write(`${setLock(fd, request)}\n`);
}

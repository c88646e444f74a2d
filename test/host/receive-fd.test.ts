import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, readFileSync, readlinkSync, writeFileSync, writeSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { receiveDescriptor, socketPair } from '../../src/host/index.ts';
import { codeOf, folder, testUnless } from './support.ts';

const { path, fd: directory } = folder();

/** What Node itself cannot do. */
const SENDER = `
import array, os, socket, sys
end = socket.socket(fileno=3)
fd = os.open(sys.argv[1], os.O_RDWR)
end.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [fd]))])
`;

async function send(socket: number, file: string): Promise<number | null> {
  const child = spawn('python3', ['-c', SENDER, file], { stdio: ['ignore', 'inherit', 'inherit', socket] });
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
}

const noPython = await once(spawn('python3', ['-c', '']), 'close').then(
  ([code]) => (code === 0 ? undefined : 'python3 does not run'),
  () => 'needs python3 (not installed)',
);

testUnless(noPython, 'a descriptor of another process is one of this', async () => {
  const file = `${path}/file`;
  writeFileSync(file, 'before');
  const [own, theirs] = socketPair();
  expect(await send(theirs, file)).toBe(0);
  const fd = receiveDescriptor(own);
  expect(readlinkSync(`/proc/self/fd/${fd}`)).toBe(file);
  writeSync(fd!, 'behind', 0);
  expect(readFileSync(file, 'utf8')).toBe('behind');
  // O_CLOEXEC: no program that this process starts has it.
  expect(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')).toMatch(/^flags:\s+0?2\d{6}$/m);
  expect(receiveDescriptor(own)).toBeUndefined();
  for (const one of [fd!, own, theirs]) closeSync(one);
});

test('nothing sent, and nobody there any more', () => {
  const [own, theirs] = socketPair();
  expect(receiveDescriptor(own)).toBeUndefined();
  closeSync(theirs);
  expect(receiveDescriptor(own)).toBeUndefined();
  closeSync(own);
});

test('errors', () => {
  const [own, theirs] = socketPair();
  writeSync(theirs, 'x');
  expect(codeOf(() => receiveDescriptor(own))).toBe('EINVAL');
  closeSync(own);
  closeSync(theirs);
  expect(codeOf(() => receiveDescriptor(directory))).toBe('ENOTSOCK');
  expect(codeOf(() => receiveDescriptor(1_000_000))).toBe('EBADF');
});

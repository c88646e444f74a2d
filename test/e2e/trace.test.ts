/** ns trace: what clients and a server say, in words and as packets. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { World, failure, type Running } from './world.ts';

const world = new World();
let server: string;

beforeAll(async () => {
  [server] = (await world.serve('-m', 'ram: /')).addresses;
  await world.start(['write', `${server}/x`], { input: 'content\n' }).ended;
});
afterAll(() => world[Symbol.asyncDispose]());

async function trace(
  ...args: readonly string[]
): Promise<{ readonly running: Running; readonly address: string }> {
  const running = world.start(['trace', ...args]);
  await running.until(({ stderr }) => stderr.includes('\n'));
  return { running, address: /^listening at (\S+) for /.exec(running.stderr)![1] };
}

test('every message is printed with its connection, and replies with their latency', async () => {
  const { running, address } = await trace(server);
  const results = await Promise.all([world.ns('cat', `${address}/x`), world.ns('cat', `${address}/none`)]);
  expect(results.map(({ status }) => status)).toEqual([0, 1]);
  const { status, stdout } = await running.stop();
  expect(status).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  for (const line of lines) expect(line).toMatch(/^\d+\.\d{6} [12] (-> T|<- R)[a-z]+ /);
  for (const line of lines.filter((line) => line.includes('<-'))) expect(line).toMatch(/ \(\d+\.\d{3} ms\)$/);
  for (const message of [
    'Tversion',
    'Rversion',
    'Tattach',
    'Twalk',
    'Tlopen',
    'Tread',
    'Rread',
    'Rlerror',
    'Tclunk',
  ]) {
    expect(stdout).toContain(` ${message} `);
  }
  expect(stdout).toContain('9P2000.L');
});

/** The packets of a capture: its header is checked. */
function packetsOf(pcap: Buffer): readonly Buffer[] {
  expect([pcap.readUInt32LE(0), pcap.readUInt16LE(4), pcap.readUInt16LE(6), pcap.readUInt32LE(20)]).toEqual([
    0xa1b2c3d4, 2, 4, 101,
  ]);
  const packets: Buffer[] = [];
  for (let at = 24; at < pcap.length;) {
    const length = pcap.readUInt32LE(at + 8);
    expect(pcap.readUInt32LE(at + 12)).toBe(length);
    packets.push(pcap.subarray(at + 16, at + 16 + length));
    at += 16 + length;
  }
  return packets;
}

test('-w writes packets that hold the bytes in order; -q prints nothing', async () => {
  const capture = world.path('talk.pcap');
  const socket = `unix://${world.path('t.sock')}`;
  const { running, address } = await trace('-q', '-l', socket, '-w', capture, server);
  expect(address).toBe(socket);
  expect((await world.ns('cat', `${socket}#/x`)).stdout).toBe('content\n');
  expect(await running.stop('SIGINT')).toMatchObject({ status: 0, stdout: '' });
  const packets = packetsOf(readFileSync(capture));
  const sent: Record<'T' | 'R', Buffer[]> = { T: [], R: [] };
  for (const packet of packets) {
    expect([packet[0], packet.readUInt16BE(2), packet[9]]).toEqual([0x45, packet.length, 6]);
    const way = packet.readUInt16BE(22) === 564 ? 'T' : 'R';
    const before = sent[way].reduce((length, bytes) => length + bytes.length, 0);
    expect(packet.readUInt32BE(24)).toBe(1 + before);
    sent[way].push(packet.subarray(40));
  }
  expect(Buffer.concat(sent.T).readUInt8(4)).toBe(100);
  expect(Buffer.concat(sent.R).readUInt8(4)).toBe(101);
  expect(Buffer.concat(sent.R).includes('content\n')).toBe(true);
});

function tshark(): boolean {
  try {
    execFileSync('tshark', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write('skipped: tshark is not installed\n');
    return false;
  }
}

(tshark() ? test : test.skip)('Wireshark reads the packets as 9P', async () => {
  const capture = world.path('shark.pcap');
  const { running, address } = await trace('-q', '-w', capture, server);
  await world.ns('ls', address);
  await running.stop();
  const text = execFileSync('tshark', ['-r', capture, '-Y', '9p', '-T', 'fields', '-e', '9p.msgtype'], {
    encoding: 'utf8',
  });
  expect(text.split(/[\s,]+/)).toEqual(expect.arrayContaining(['100', '101', '104', '105']));
});

test('what goes wrong', async () => {
  const { running, address } = await trace('tcp://127.0.0.1:1');
  const client = world.ns('ls', address);
  await running.until(({ stderr }) =>
    stderr.includes('cannot connect to tcp://127.0.0.1:1: connection refused'),
  );
  expect((await client).status).toBe(1);
  await running.stop();
  const [directory, local] = await Promise.all([
    world.ns('trace', '-w', 'no/such/talk.pcap', server),
    world.ns('trace', '-l', server, server),
  ]);
  expect(failure(directory)).toEqual({
    status: 1,
    line: 'ns: no/such/talk.pcap: no such file or directory; check the name (ns ls lists a directory)',
  });
  expect(failure(local).line).toContain('the address is in use');
});

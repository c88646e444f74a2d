/**
 * A packet capture of a connection that may never have been packets: TCP segments are made up around the bytes, with
 * 9P's port, so that Wireshark shows them (the classic pcap format; link type 101, raw IP).
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Way } from './relay.ts';

const LINKTYPE_RAW = 101;
const SNAPLEN = 65535;
const SERVER_PORT = 564;
const FIRST_CLIENT_PORT = 40000;
const HEADERS = 40;
const LARGEST_PAYLOAD = 60000;
const ACK = 0x10;
const PSH = 0x08;
const TCP = 6;

export class Capture {
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = openSync(path, 'w');
    const header = new DataView(new ArrayBuffer(24));
    header.setUint32(0, 0xa1b2c3d4, true);
    header.setUint16(4, 2, true);
    header.setUint16(6, 4, true);
    header.setUint32(16, SNAPLEN, true);
    header.setUint32(20, LINKTYPE_RAW, true);
    writeSync(this.#fd, header);
  }

  /** The packets of one connection: called with its bytes in order. */
  connection(number: number): (way: Way, bytes: Uint8Array) => void {
    const sent: Record<Way, number> = { T: 1, R: 1 };
    const clientPort = FIRST_CLIENT_PORT + (number % 20000);
    return (way, bytes) => {
      for (let at = 0; at < bytes.length; at += LARGEST_PAYLOAD) {
        const payload = bytes.subarray(at, at + LARGEST_PAYLOAD);
        const ports = way === 'T' ? [clientPort, SERVER_PORT] : [SERVER_PORT, clientPort];
        const acknowledged = sent[way === 'T' ? 'R' : 'T'];
        this.#write(segment(ports[0], ports[1], sent[way], acknowledged, payload.length), payload);
        sent[way] = (sent[way] + payload.length) >>> 0;
      }
    };
  }

  close(): void {
    closeSync(this.#fd);
  }

  #write(headers: Uint8Array, payload: Uint8Array): void {
    const micros = (performance.timeOrigin + performance.now()) * 1000;
    const record = new DataView(new ArrayBuffer(16));
    record.setUint32(0, Math.floor(micros / 1e6), true);
    record.setUint32(4, Math.floor(micros % 1e6), true);
    record.setUint32(8, headers.length + payload.length, true);
    record.setUint32(12, headers.length + payload.length, true);
    writeSync(this.#fd, record);
    writeSync(this.#fd, headers);
    writeSync(this.#fd, payload);
  }
}

/** An IPv4 header (RFC 791) and a TCP header (RFC 9293) from 127.0.0.1 to itself; the TCP checksum is left out. */
function segment(
  from: number,
  to: number,
  sequence: number,
  acknowledged: number,
  length: number,
): Uint8Array {
  const view = new DataView(new ArrayBuffer(HEADERS));
  view.setUint8(0, 0x45);
  view.setUint16(2, HEADERS + length);
  view.setUint8(8, 64);
  view.setUint8(9, TCP);
  view.setUint32(12, 0x7f000001);
  view.setUint32(16, 0x7f000001);
  view.setUint16(10, checksum(view, 20));
  view.setUint16(20, from);
  view.setUint16(22, to);
  view.setUint32(24, sequence);
  view.setUint32(28, acknowledged);
  view.setUint8(32, 5 << 4);
  view.setUint8(33, ACK | PSH);
  view.setUint16(34, 0xffff);
  return new Uint8Array(view.buffer);
}

/** The Internet checksum (RFC 1071). */
function checksum(view: DataView, length: number): number {
  let sum = 0;
  for (let at = 0; at < length; at += 2) sum += view.getUint16(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

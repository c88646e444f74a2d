/** The bare responder's replies: what one readable chunk is answered with leaves in one write. */

import type * as net from 'node:net';
import type { Node } from './tree.ts';

/** The longest message. */
export const MOST = 1 << 20;
/** Payloads above this are sent from where they are, and received where they stay. */
export const BY_REFERENCE = 16 << 10;

// All connections share the batch. A socket that cannot send it at once keeps it, and the next batch is a new one.
let batch = Buffer.allocUnsafeSlow(2 * MOST);
let view = new DataView(batch.buffer, batch.byteOffset, batch.length);
let end = 0;
let cut = 0; // what is before is in `segments`
let segments: Buffer[] = [];

function renew(): void {
  batch = Buffer.allocUnsafeSlow(2 * MOST);
  view = new DataView(batch.buffer, batch.byteOffset, batch.length);
}

/** True if the longest reply still fits. */
export function hasRoom(): boolean {
  return batch.length - end >= MOST;
}

export function flush(socket: net.Socket): void {
  if (end === 0) return;
  if (segments.length === 0) {
    socket.write(batch.subarray(0, end));
  } else {
    socket.cork();
    for (const segment of segments) socket.write(segment);
    if (end > cut) socket.write(batch.subarray(cut, end));
    socket.uncork();
    segments = [];
  }
  end = cut = 0;
  if (socket.writableLength > 0) renew();
}

/** Begins a reply of `size` bytes, `here` of them in the batch; returns where its body starts. */
function reply(type: number, tag: number, size: number, here: number): number {
  const start = end;
  end = start + here;
  view.setUint32(start, size, true);
  view.setUint8(start + 4, type);
  view.setUint16(start + 5, tag, true);
  return start + 7;
}

function put8(at: number, value: number): void {
  view.setUint32(at, value, true);
  view.setUint32(at + 4, 0, true);
}

function putQid(at: number, node: Node): void {
  view.setUint8(at, node.children ? 0x80 : 0);
  view.setUint32(at + 1, 0, true);
  put8(at + 5, node.path);
}

/** Rclunk and Rremove. */
export function replyEmpty(type: number, tag: number): void {
  reply(type, tag, 7, 7);
}

/** Rlerror, with its number, and Rwrite, with its count. */
export function replyNumber(type: number, tag: number, value: number): void {
  view.setUint32(reply(type, tag, 11, 11), value, true);
}

export function replyVersion(tag: number, msize: number): void {
  const at = reply(101, tag, 21, 21);
  view.setUint32(at, msize, true);
  view.setUint16(at + 4, 8, true);
  batch.write('9P2000.L', at + 6, 'latin1');
}

/** Rattach and Rmkdir. */
export function replyQid(type: number, tag: number, node: Node): void {
  putQid(reply(type, tag, 20, 20), node);
}

export function replyWalked(tag: number, nodes: readonly Node[]): void {
  const size = 9 + 13 * nodes.length;
  const at = reply(111, tag, size, size);
  view.setUint16(at, nodes.length, true);
  for (let i = 0; i < nodes.length; i++) putQid(at + 2 + 13 * i, nodes[i]);
}

/** Rlopen and Rlcreate. */
export function replyOpened(type: number, tag: number, node: Node): void {
  const at = reply(type, tag, 24, 24);
  putQid(at, node);
  view.setUint32(at + 13, 0, true);
}

/** Rread and Rreaddir. */
export function replyData(type: number, tag: number, data: Buffer, from: number, count: number): void {
  const small = count <= BY_REFERENCE;
  const at = reply(type, tag, 11 + count, small ? 11 + count : 11);
  view.setUint32(at, count, true);
  if (small) {
    data.copy(batch, at + 4, from, from + count);
  } else {
    segments.push(batch.subarray(cut, end), data.subarray(from, from + count));
    cut = end;
  }
}

const attributes = Buffer.alloc(153);
attributes.writeUInt32LE(0x7ff, 0); // valid
attributes.writeUInt32LE(1, 33); // nlink
attributes.writeUInt32LE(4096, 57); // blksize

export function replyAttributes(tag: number, node: Node): void {
  const at = reply(25, tag, 160, 160);
  attributes.copy(batch, at);
  putQid(at + 8, node);
  view.setUint32(at + 21, node.children ? 0o040755 : 0o100644, true);
  put8(at + 49, node.size);
  put8(at + 65, Math.ceil(node.size / 512));
}

/**
 * The limit of this platform: a 9P2000.L responder with one tree in memory and no checks at all. It is not a server to
 * use; it shows how fast Node can answer when nothing but the bytes is in the way. It imports nothing of src/ and knows
 * only the messages that the load generator sends.
 */

import * as net from 'node:net';
import * as batch from './bare/batch.ts';
import { forget, list, makeNode, room, root, wholeEntries } from './bare/tree.ts';
import type { Node } from './bare/tree.ts';

const HEADER = 7; // size[4] type[1] tag[2]
const WRITE_HEADER = 23; // and fid[4] offset[8] count[4]
const TWRITE = 118;
const RLERROR = 7;
const ENOENT = 2;
const EOPNOTSUPP = 95;

/** A write whose payload is still coming: it is received where it stays. */
interface Incoming {
  readonly tag: number;
  readonly count: number;
  rest: Buffer;
}

function serve(handle: unknown): void {
  const fids = new Map<number, Node>();
  const input = Buffer.allocUnsafeSlow(256 << 10);
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  let kept = 0; // bytes of a message that is not whole yet
  let incoming: Incoming | undefined;
  let msize = batch.MOST;

  function received(count: number): boolean {
    if (incoming) {
      incoming.rest = incoming.rest.subarray(count);
      if (incoming.rest.length === 0) {
        batch.replyNumber(TWRITE + 1, incoming.tag, incoming.count);
        incoming = undefined;
      }
    } else {
      parse(kept + count);
    }
    batch.flush(socket);
    return true;
  }

  function parse(length: number): void {
    let at = 0;
    while (length - at >= HEADER) {
      const size = view.getUint32(at, true);
      if (length - at < size) break;
      if (!batch.hasRoom()) batch.flush(socket);
      answer(at);
      at += size;
    }
    kept = length - at;
    if (kept > 0) keep(at, length);
  }

  /** A long write is received in place from here on; the beginning of anything else is moved to the front. */
  function keep(at: number, length: number): void {
    const long = kept >= WRITE_HEADER && view.getUint32(at, true) > batch.BY_REFERENCE;
    if (!long || view.getUint8(at + 4) !== TWRITE) {
      input.copyWithin(0, at, length);
      return;
    }
    const count = view.getUint32(at + 19, true);
    const place = room(fids.get(view.getUint32(at + 7, true)) ?? root, get8(at + 11), count);
    const here = input.copy(place, 0, at + WRITE_HEADER, length);
    incoming = { tag: view.getUint16(at + 5, true), count, rest: place.subarray(here) };
    kept = 0;
  }

  function get8(at: number): number {
    return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
  }

  function getName(at: number): string {
    return input.toString('latin1', at + 2, at + 2 + view.getUint16(at, true));
  }

  function version(tag: number, at: number): void {
    msize = Math.min(view.getUint32(at, true), batch.MOST);
    batch.replyVersion(tag, msize);
  }

  function walk(tag: number, at: number, from: Node): void {
    const nodes: Node[] = [];
    let node = from;
    let name = at + 10;
    for (let left = view.getUint16(at + 8, true); left > 0; left--) {
      const next = node.children?.get(getName(name));
      if (!next) return batch.replyNumber(RLERROR, tag, ENOENT);
      node = next;
      nodes.push(node);
      name += 2 + view.getUint16(name, true);
    }
    fids.set(view.getUint32(at + 4, true), node);
    batch.replyWalked(tag, nodes);
  }

  function create(tag: number, at: number, fid: number, directory: Node): void {
    const node = makeNode(getName(at + 4), directory, false);
    fids.set(fid, node);
    batch.replyOpened(15, tag, node);
  }

  function read(tag: number, at: number, node: Node): void {
    const offset = get8(at + 4);
    const count = Math.min(view.getUint32(at + 12, true), Math.max(0, node.size - offset), msize - 24);
    batch.replyData(117, tag, node.data, offset, count);
  }

  function readdir(tag: number, at: number, node: Node): void {
    const listing = list(node);
    const from = get8(at + 4);
    const count = Math.min(view.getUint32(at + 12, true), msize - 24);
    batch.replyData(41, tag, listing, from, wholeEntries(listing, from, count) - from);
  }

  function write(tag: number, at: number, node: Node): void {
    const count = view.getUint32(at + 12, true);
    input.copy(room(node, get8(at + 4), count), 0, at + 16, at + 16 + count);
    batch.replyNumber(TWRITE + 1, tag, count);
  }

  function answer(start: number): void {
    const type = view.getUint8(start + 4);
    const tag = view.getUint16(start + 5, true);
    const at = start + HEADER;
    const fid = view.getUint32(at, true);
    const node = fids.get(fid) ?? root;
    switch (type) {
      case 12: // lopen
        return batch.replyOpened(13, tag, node);
      case 14:
        return create(tag, at, fid, node);
      case 24: // getattr
        return batch.replyAttributes(tag, node);
      case 40:
        return readdir(tag, at, node);
      case 72: // mkdir
        return batch.replyQid(73, tag, makeNode(getName(at + 4), node, true));
      case 100:
        return version(tag, at);
      case 104: // attach
        fids.set(fid, root);
        return batch.replyQid(105, tag, root);
      case 110:
        return walk(tag, at, node);
      case 116:
        return read(tag, at, node);
      case TWRITE:
        return write(tag, at, node);
      case 120: // clunk
        fids.delete(fid);
        return batch.replyEmpty(121, tag);
      case 122: // remove
        fids.delete(fid);
        forget(node);
        return batch.replyEmpty(123, tag);
      default:
        return batch.replyNumber(RLERROR, tag, EOPNOTSUPP);
    }
  }

  const options: net.SocketConstructorOpts & Record<string, unknown> = {
    handle,
    onread: { buffer: () => incoming?.rest ?? input.subarray(kept), callback: received },
    highWaterMark: 1 << 20,
  };
  const socket = new net.Socket(options);
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
}

// A server's sockets know no `onread`: the accepted handle is wrapped again.
const server = net.createServer({ pauseOnConnect: true }, (socket) => serve(Reflect.get(socket, '_handle')));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  process.stdout.write(`serving tcp://127.0.0.1:${port}\n`);
});

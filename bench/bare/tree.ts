/** The bare responder's one tree: directories and files in memory. */

export interface Node {
  readonly path: number; // of the qid
  readonly name: string;
  readonly parent: Node | undefined;
  readonly children: Map<string, Node> | undefined; // of a directory
  listing: Buffer | undefined; // of a directory, packed, until an entry comes or goes
  data: Buffer;
  size: number;
}

let paths = 0;

export function makeNode(name: string, parent: Node | undefined, directory: boolean): Node {
  const children = directory ? new Map<string, Node>() : undefined;
  const data = Buffer.alloc(0);
  const node: Node = { path: ++paths, name, parent, children, listing: undefined, data, size: 0 };
  parent?.children?.set(name, node);
  if (parent) parent.listing = undefined;
  return node;
}

export function forget(node: Node): void {
  node.parent?.children?.delete(node.name);
  if (node.parent) node.parent.listing = undefined;
}

export const root = makeNode('/', undefined, true);

/** Where `count` bytes at `offset` are to stand; the file grows to hold them. */
export function room(node: Node, offset: number, count: number): Buffer {
  const end = offset + count;
  if (end > node.data.length) {
    const larger = Buffer.alloc(Math.max(end, 2 * node.data.length));
    node.data.copy(larger, 0, 0, node.size);
    node.data = larger;
  }
  if (end > node.size) node.size = end;
  return node.data.subarray(offset, end);
}

/** All entries as Treaddir packs them, each with the offset behind it as its cookie. */
export function list(directory: Node): Buffer {
  directory.listing ??= pack([...(directory.children?.values() ?? [])]);
  return directory.listing;
}

/** qid[13] offset[8] type[1] name[s] */
function pack(nodes: readonly Node[]): Buffer {
  const listing = Buffer.alloc(nodes.reduce((sum, node) => sum + 24 + node.name.length, 0));
  let at = 0;
  for (const node of nodes) {
    const end = at + 24 + node.name.length;
    listing[at] = node.children ? 0x80 : 0;
    listing.writeUInt32LE(node.path, at + 5);
    listing.writeUInt32LE(end, at + 13);
    listing[at + 21] = node.children ? 4 : 8;
    listing.writeUInt16LE(node.name.length, at + 22);
    listing.write(node.name, at + 24, 'latin1');
    at = end;
  }
  return listing;
}

/** Where the last entry ends that is whole within `count` bytes. */
export function wholeEntries(listing: Buffer, from: number, count: number): number {
  const limit = from + count;
  if (listing.length <= limit) return listing.length;
  let at = from;
  for (;;) {
    const end = at + 24 + listing.readUInt16LE(at + 22);
    if (end > limit) return at;
    at = end;
  }
}

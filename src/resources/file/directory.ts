/** A directory of an exported host directory: what is found, made, moved and removed in it. */
import { constants } from 'node:fs';
import {
  FileError,
  codeOf,
  type CreateSpec,
  type Created,
  type File,
  type FileType,
  type NodeSpec,
  type OpenMode,
  type Removal,
  type Request,
} from '../../file/index.ts';
import {
  O_PATH,
  linkAt,
  mkdirAt,
  mknodAt,
  openAt,
  renameAt,
  rmdirAt,
  statAt,
  symlinkAt,
  unlinkAt,
} from '../../host/index.ts';
import { attempt, close } from './calls.ts';
import { OpenHostFile } from './content.ts';
import { HostFile } from './file.ts';
import { checkSpec, settle } from './making.ts';
import type { Node } from './node.ts';
import { openFlags } from './open.ts';
import type { HostTree } from './tree.ts';

const { O_CREAT, O_EXCL, O_WRONLY, O_NONBLOCK } = constants;
/** What a file is made with; the rest of its mode it is given afterwards. */
const PERMISSIONS = 0o777;

export class HostDirectory extends HostFile {
  walk(name: string): File | undefined {
    const node = this.tree.find(this.node, name);
    return node && fileOf(this.tree, node);
  }

  create(name: string, spec: CreateSpec, mode: OpenMode, r: Request): Created {
    const { tree, node } = this;
    const dir = this.#forNew(spec);
    const flags = openFlags({ ...mode, truncate: false }) | O_CREAT | O_EXCL | O_NONBLOCK;
    const fd = openAt(dir, name, flags, spec.mode & PERMISSIONS);
    try {
      const stat = settle(tree.options.map, dir, fd, 'file', spec, r.user);
      const made = tree.node(node, name, stat);
      return { file: new HostFile(tree, made), open: new OpenHostFile(tree, made, fd, mode.write) };
    } catch (error) {
      attempt(() => remove(dir, name, 'file'));
      close(fd);
      throw error;
    }
  }

  mkdir(name: string, spec: CreateSpec, r: Request): File {
    return this.#make(name, 'dir', spec, r, (dir) => mkdirAt(dir, name, spec.mode & PERMISSIONS));
  }

  symlink(name: string, target: string, spec: CreateSpec, r: Request): File {
    return this.#make(name, 'symlink', spec, r, (dir) => symlinkAt(target, dir, name));
  }

  mknod(name: string, spec: NodeSpec, r: Request): File {
    const { type, major, minor } = spec;
    const device = type === 'char' || type === 'block';
    if (device && !this.tree.options.allowDevices) throw new FileError('EPERM');
    const mode = spec.mode & PERMISSIONS;
    return this.#make(name, type, spec, r, (dir) => {
      if (type === 'file') close(openAt(dir, name, O_CREAT | O_EXCL | O_WRONLY, mode));
      else mknodAt(dir, name, device ? { type, major, minor } : { type }, mode);
    });
  }

  link(name: string, file: File): void {
    const { tree } = this;
    tree.checkWritable();
    const { node } = hostFile(file, tree);
    const { parent } = node;
    if (node.removed || !parent) throw new FileError('ENOENT');
    const dir = tree.directory(this.node);
    linkAt(tree.directory(parent), node.name, dir, name);
    const linked = statAt(dir, name);
    if (linked && node.is(linked)) return;
    // Somebody on the host had put another file in its place.
    remove(dir, name, 'file');
    throw new FileError('ESTALE');
  }

  unlink(name: string, what: Removal): void {
    const { tree, node } = this;
    tree.checkWritable();
    remove(tree.directory(node), name, what);
    tree.removed(node, name);
  }

  rename(name: string, to: File, toName: string, replace: boolean): void {
    const { tree, node } = this;
    tree.checkWritable();
    const target = hostFile(to, tree).node;
    const from = tree.directory(node);
    const dir = tree.directory(target);
    if (replace) renameAt(from, name, dir, toName, 'replace');
    else renameToNew(from, name, dir, toName);
    tree.renamed(node, name, target, toName);
  }

  /** The directory's descriptor, where something is to be made in it. */
  #forNew(spec: CreateSpec): number {
    this.tree.checkWritable();
    checkSpec(spec);
    return this.tree.directory(this.node);
  }

  #make(name: string, type: FileType, spec: CreateSpec, r: Request, make: (dir: number) => void): File {
    const { tree, node } = this;
    const dir = this.#forNew(spec);
    make(dir);
    const fd = openAt(dir, name, O_PATH);
    try {
      const stat = settle(tree.options.map, dir, fd, type, spec, r.user);
      return fileOf(tree, tree.node(node, name, stat));
    } catch (error) {
      // Unless somebody on the host was quicker, and it is not the one that was made.
      if (codeOf(error) !== 'ESTALE') attempt(() => remove(dir, name, type === 'dir' ? 'dir' : 'file'));
      throw error;
    } finally {
      close(fd);
    }
  }
}

export function fileOf(tree: HostTree, node: Node): HostFile {
  return node.type === 'dir' ? new HostDirectory(tree, node) : new HostFile(tree, node);
}

function hostFile(file: File, tree: HostTree): HostFile {
  if (file instanceof HostFile && file.tree === tree) return file;
  throw new FileError('EXDEV');
}

function remove(dir: number, name: string, what: Removal): void {
  if (what === 'dir') return rmdirAt(dir, name);
  try {
    unlinkAt(dir, name);
  } catch (error) {
    if (what === 'file' || codeOf(error) !== 'EISDIR') throw error;
    rmdirAt(dir, name);
  }
}

/**
 * A rename that replaces nothing. Where the kernel cannot do that in one step, it is a look and a rename: one step for
 * all clients, as nothing else runs here meanwhile, but not for other processes of the host.
 */
function renameToNew(from: number, name: string, dir: number, toName: string): void {
  try {
    return renameAt(from, name, dir, toName, 'noreplace');
  } catch (error) {
    if (!['EOPNOTSUPP', 'ENOSYS', 'EINVAL'].includes(codeOf(error))) throw error;
  }
  if (statAt(dir, toName)) throw new FileError('EEXIST');
  renameAt(from, name, dir, toName, 'replace');
}

/**
 * What works with koffi and without it, done in an empty directory: the record must be the same either way. A module of
 * its own, so that a process that has no koffi can run it too.
 */
import { closeSync, constants, mkdirSync, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import * as host from '../../src/host/index.ts';
import { codeOf } from './code.ts';

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_DIRECTORY } = constants;

const PARTS: Readonly<Record<string, (dir: number) => unknown>> = {
  files,
  directories,
  links,
  renames,
  oddNames,
  refusals,
  figures,
};

/** What each part saw, in a directory of its own under `path`. */
export function battery(path: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(PARTS).map(([name, part]) => {
      mkdirSync(`${path}/${name}`);
      const dir = openSync(`${path}/${name}`, host.O_PATH | O_DIRECTORY);
      try {
        return [name, part(dir)];
      } finally {
        closeSync(dir);
      }
    }),
  );
}

function create(dir: number, name: string, content = ''): void {
  const fd = host.openAt(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0o640);
  writeSync(fd, content);
  closeSync(fd);
}

function content(dir: number, name: string): string {
  const fd = host.openAt(dir, name, O_RDONLY);
  const bytes = Buffer.alloc(100);
  const length = readSync(fd, bytes);
  closeSync(fd);
  return bytes.toString('utf8', 0, length);
}

function shape(dir: number, name: string): unknown {
  const stat = host.statAt(dir, name);
  return stat && { type: stat.type, mode: stat.mode, nlink: stat.nlink, uid: stat.uid, gid: stat.gid };
}

/** The names in the directory, byte by byte in Latin-1. */
function names(dir: number): readonly string[] {
  return readdirSync(`/proc/self/fd/${dir}`, 'latin1').toSorted();
}

function files(dir: number): unknown {
  create(dir, 'file', 'content');
  const fd = host.openAt(dir, 'file', host.O_PATH);
  const same = isDeepStrictEqual(host.statDescriptor(fd), host.statAt(dir, 'file'));
  closeSync(fd);
  return {
    content: content(dir, 'file'),
    shape: shape(dir, 'file'),
    size: host.statAt(dir, 'file')?.size,
    same,
    again: codeOf(() => create(dir, 'file')),
    missing: host.statAt(dir, 'missing'),
    missingOpen: codeOf(() => host.openAt(dir, 'missing', O_RDONLY)),
    unlinked: codeOf(() => host.unlinkAt(dir, 'file')),
    unlinkedAgain: codeOf(() => host.unlinkAt(dir, 'file')),
    left: names(dir),
  };
}

function directories(dir: number): unknown {
  host.mkdirAt(dir, 'sub', 0o750);
  const sub = host.openAt(dir, 'sub', host.O_PATH);
  create(sub, 'inner');
  const record = {
    shape: shape(dir, 'sub'),
    again: codeOf(() => host.mkdirAt(dir, 'sub')),
    full: codeOf(() => host.rmdirAt(dir, 'sub')),
    asFile: codeOf(() => host.unlinkAt(dir, 'sub')),
    fileAsDir: codeOf(() => host.rmdirAt(sub, 'inner')),
    unlinked: codeOf(() => host.unlinkAt(sub, 'inner')),
    removed: codeOf(() => host.rmdirAt(dir, 'sub')),
    inRemoved: codeOf(() => create(sub, 'ghost')),
  };
  closeSync(sub);
  return record;
}

function links(dir: number): unknown {
  create(dir, 'file', 'linked');
  host.symlinkAt('file', dir, 'soft');
  host.symlinkAt('no/such\udcff', dir, 'dangling');
  host.linkAt(dir, 'file', dir, 'hard');
  host.linkAt(dir, 'soft', dir, 'hardsoft');
  const soft = host.openAt(dir, 'soft', host.O_PATH);
  const record = {
    says: host.readlinkAt(dir, 'soft'),
    saysOdd: host.readlinkAt(dir, 'dangling'),
    notALink: codeOf(() => host.readlinkAt(dir, 'file')),
    notFollowed: codeOf(() => host.openAt(dir, 'soft', O_RDONLY)),
    itself: host.statDescriptor(soft).type,
    soft: host.statAt(dir, 'soft')?.type,
    hard: shape(dir, 'hard'),
    hardsoft: host.statAt(dir, 'hardsoft')?.type,
    taken: codeOf(() => host.linkAt(dir, 'file', dir, 'soft')),
    takenSoft: codeOf(() => host.symlinkAt('x', dir, 'file')),
  };
  closeSync(soft);
  return record;
}

function renames(dir: number): unknown {
  create(dir, 'a', 'A');
  create(dir, 'b', 'B');
  host.renameAt(dir, 'a', dir, 'b', 'replace');
  return {
    left: names(dir),
    content: content(dir, 'b'),
    missing: codeOf(() => host.renameAt(dir, 'a', dir, 'c', 'replace')),
  };
}

function oddNames(dir: number): unknown {
  for (const name of ['latin\udce9', 'größe 日本 🙂', ' ', '\n']) create(dir, name, name.length.toString());
  host.renameAt(dir, 'latin\udce9', dir, 'latin\udce8', 'replace');
  return { left: names(dir), content: content(dir, 'latin\udce8'), shape: shape(dir, 'größe 日本 🙂') };
}

function refusals(dir: number): unknown {
  const bad = ['', '.', '..', 'a/b', '/etc', '../x', 'a\0b', '\ud800', 'x'.repeat(256)];
  return bad.map((name) => [
    codeOf(() => host.openAt(dir, name, O_RDONLY)),
    codeOf(() => host.statAt(dir, name)),
    codeOf(() => host.mkdirAt(dir, name)),
    codeOf(() => host.unlinkAt(dir, name)),
    codeOf(() => host.symlinkAt('x', dir, name)),
    codeOf(() => host.renameAt(dir, name, dir, 'y', 'replace')),
  ]);
}

function figures(dir: number): unknown {
  const { type, bsize, blocks, files } = host.statfsDescriptor(dir);
  const nothing = host.statAt(host.AT_FDCWD, '/dev/null');
  const device = nothing && {
    type: nothing.type,
    major: nothing.major,
    minor: nothing.minor,
    ino: `${nothing.ino}`,
  };
  return {
    fileSystem: { type, bsize, blocks, files },
    device,
    closed: codeOf(() => host.statDescriptor(1_000_000)),
    notADirectory: notADirectory(dir),
  };
}

function notADirectory(dir: number): string {
  create(dir, 'plain');
  const fd = host.openAt(dir, 'plain', host.O_PATH);
  const code = codeOf(() => host.statAt(fd, 'x'));
  closeSync(fd);
  return code;
}

/**
 * What is exported by this user, a file each in `exports/` of the runtime directory: written before anything is
 * mounted, removed afterwards. So whatever a process leaves behind that was killed can be told from what is not ours.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FileError } from '../../file/errors.ts';
import { ofdlock, setLock } from '../../host/index.ts';
import { runtimeDirectory } from '../../host/runtime.ts';
import { startOf, surroundings } from './process.ts';

export interface ExportRecord {
  readonly kind: string;
  /** What is exported, for people. */
  readonly source: string;
  /** Where: a mountpoint, without symbolic links; of other kinds an address. */
  readonly at: string;
  readonly pid: number;
  /** When that process began, in the kernel's clock. */
  readonly start: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** In which namespaces of Linux the number and the mountpoint mean something. */
  readonly surroundings: string;
}

/** Milliseconds that a process has to say who it is, and one that was killed to be gone. */
const PATIENCE = 5000;
const LOOK_AGAIN = 20;

export function exportsDirectory(): string {
  const path = join(runtimeDirectory(), 'exports');
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

/** A place that is this process's to export at, for as long as it lives. */
export class Claim {
  /** Locked; a program that mounts holds it too, so that nobody takes a place where a mount may still come. */
  readonly fd: number;
  /** Where a socket may be that goes with the export. */
  readonly socket: string;
  /** What a process that was killed has left here. */
  readonly left: ExportRecord | undefined;
  readonly #path: string;
  readonly #at: string;

  private constructor(path: string, at: string, fd: number) {
    this.#path = path;
    this.#at = at;
    this.fd = fd;
    this.socket = `${path}.9p`;
    this.left = parse(readFileSync(path, 'utf8'));
  }

  /**
   * Takes a place, of whoever was there and is dead.
   *
   * @throws FileError EBUSY if a living process has it.
   */
  static async take(at: string): Promise<Claim> {
    const path = pathOf(at);
    for (const deadline = performance.now() + PATIENCE; ; await delay(LOOK_AGAIN)) {
      const claim = Claim.#attempt(path, at);
      if (claim) return claim;
      const holder = readRecord(path);
      if (holder && isAlive(holder)) throw exportedAlready(holder);
      if (performance.now() > deadline)
        throw new FileError('EBUSY', `${at} is just being exported; try again`);
    }
  }

  /** Says what is exported from now on. */
  write(kind: string, source: string): void {
    const { pid } = process;
    const start = startOf(pid) ?? '';
    const since = new Date().toISOString();
    const record: ExportRecord = {
      kind,
      source,
      at: this.#at,
      pid,
      start,
      since,
      surroundings: surroundings(),
    };
    ftruncateSync(this.fd);
    writeSync(this.fd, `${JSON.stringify(record)}\n`, 0);
  }

  /** Nothing is exported here any more. */
  release(): void {
    rmSync(this.socket, { force: true });
    unlinkSync(this.#path);
    closeSync(this.fd);
  }

  /** Leaves what is written there as it is. */
  abandon(): void {
    closeSync(this.fd);
  }

  static #attempt(path: string, at: string): Claim | undefined {
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    if (isTakenBy(fd, path)) return new Claim(path, at, fd);
    closeSync(fd);
    return undefined;
  }
}

/** Whether the file is locked by this open now, and still the one of that name. */
function isTakenBy(fd: number, path: string): boolean {
  if (ofdlock.available && !setLock(fd, { type: 'write', start: 0, length: 0 })) return false;
  if (fstatSync(fd).ino !== statSync(path, { throwIfNoEntry: false })?.ino) return false;
  // Without locks, what is written decides; two that take the place of a dead one at the same moment may both have it.
  const holder = ofdlock.available ? undefined : readRecord(path);
  return holder === undefined || !isAlive(holder);
}

/** All records of this user, the oldest first; of dead processes too. */
export function readRecords(): readonly ExportRecord[] {
  const directory = exportsDirectory();
  const names = readdirSync(directory).filter((name) => RECORD.test(name));
  return names
    .flatMap((name) => readRecord(join(directory, name)) ?? [])
    .toSorted((one, other) => (one.since < other.since ? -1 : 1));
}

/** The record of what is exported at a place. */
export function recordOf(at: string): ExportRecord | undefined {
  return readRecord(pathOf(at));
}

/** Whether the process is there that exports this; of another surrounding it cannot be told, and it counts as one. */
export function isAlive({ pid, start, surroundings: where }: ExportRecord): boolean {
  return where !== surroundings() || startOf(pid) === start;
}

export const isHere = (record: ExportRecord): boolean => record.surroundings === surroundings();

/** Removes the record of a place that is in surroundings which are gone. */
export function forget({ at, surroundings: where }: ExportRecord): void {
  try {
    unlinkSync(pathOf(at, where));
  } catch {
    // Somebody else has seen to it.
  }
}

const RECORD = /^[0-9a-f]{16}$/;

/** The same path is another place elsewhere. */
function pathOf(at: string, where = surroundings()): string {
  const key = createHash('sha256').update(`${where}\0`).update(at, 'utf16le').digest('hex').slice(0, 16);
  return join(exportsDirectory(), key);
}

function readRecord(path: string): ExportRecord | undefined {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Undefined for one that is just being written, or was when its process was killed: nothing is mounted then. */
function parse(text: string): ExportRecord | undefined {
  if (!text.endsWith('}\n')) return undefined;
  try {
    const record: ExportRecord = JSON.parse(text);
    return typeof record.at === 'string' && typeof record.kind === 'string' ? record : undefined;
  } catch {
    return undefined;
  }
}

export function exportedAlready({ at, source, pid }: ExportRecord): FileError {
  return new FileError(
    'EBUSY',
    `${at} has an export already: ${source}, by process ${pid}; ns unexport takes it away`,
  );
}

/** Walking: from a Place along names, in as few steps as the Files allow. */
import { after, isPromise, type Awaitable } from '../awaitable.ts';
import { FileError } from '../errors.ts';
import type { File, Request } from '../file.ts';
import { Place } from '../place.ts';
import type { Chan } from './chan.ts';
import { follow, isDirectory } from './rules.ts';

/** How far a walk came. */
export interface Walked {
  /** One for each name that was found: good for nothing but to say which files they were. */
  readonly files: readonly Pick<File, 'qid' | 'tree'>[];
  /** Where it ends, if all names were found. */
  readonly chan?: Chan;
  /** Why it ended early. */
  readonly error?: unknown;
}

/** Walks from a Place that is held for it, and hands the one where it ends to `found`, or releases it. */
export function walkOn(
  place: Place,
  names: readonly string[],
  files: File[],
  r: Request,
  found: (place: Place) => Chan,
): Awaitable<Walked> {
  const failed = (error: unknown): Walked => {
    place.release();
    return { files, error };
  };
  try {
    while (files.length < names.length) {
      const next = step(place, names, files.length, r);
      if (isPromise(next)) {
        return next.then((made) => {
          place = arrive(place, made.places, files);
          return made.missing ? failed(missingBelow(place)) : walkOn(place, names, files, r, found);
        }, failed);
      }
      place = arrive(place, next.places, files);
      if (next.missing) return failed(missingBelow(place));
    }
  } catch (error) {
    return failed(error);
  }
  return { files, chan: found(place) };
}

/** The Places that a step led to, and whether the next name is known to be missing there. */
interface Step {
  readonly places: readonly Place[];
  readonly missing?: boolean;
}

/** A far side that walks several names says how far it came, and not why no further (walk(5)). */
function missingBelow({ file }: Place): FileError {
  return new FileError(isDirectory(file) ? 'ENOENT' : 'ENOTDIR');
}

function arrive(from: Place, places: readonly Place[], files: File[]): Place {
  for (const place of places) files.push(place.file);
  // Each of them holds the one before it.
  from.release();
  for (const place of places.slice(0, -1)) place.release();
  return places[places.length - 1];
}

/** Follows one or more of the names, from the `from`th on. */
function step(place: Place, names: readonly string[], from: number, r: Request): Awaitable<Step> {
  const { file } = place;
  const name = names[from];
  const isDir = isDirectory(file);
  // A Chan knows its directory also where it is a file's; on the way a file is as far as a walk comes.
  if (name === '..' && (isDir || from === 0)) return { places: [(place.parent ?? place).hold()] };
  if (!isDir) throw new FileError('ENOTDIR');
  // Nobody should send it (walk(5)); diod's diodls does, for every `.` that it reads.
  if (name === '.') return { places: [place.hold()] };
  if (name === '' || name.includes('/')) throw new FileError('ENOENT');
  let to = names.findIndex((other, i) => i >= from && (other === '..' || other === '.'));
  if (to < 0) to = names.length;
  return after(follow(file, names.slice(from, to), r), (files) => {
    const places: Place[] = [];
    let last = place;
    for (const [i, found] of files.entries()) {
      last = new Place(found, last, names[from + i]);
      places.push(last);
    }
    const missing = file.walkAll !== undefined && file.stopsEarly !== true && places.length < to - from;
    return { places, missing };
  });
}

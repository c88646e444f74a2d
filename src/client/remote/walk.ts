/** Twalk (walk(5)): any number of names, sixteen a message at the most. */
import { MAXWELEM, textLength, type Qid } from '../../protocol/index.ts';
import type { CallOptions } from '../connection/call.ts';
import { RemoteError } from '../connection/errors.ts';
import { HeldFid } from './held.ts';

/** `size[4] type[1] tag[2] fid[4] newfid[4] nwname[2]`. */
const WALK_HEADER = 17;

export interface RemoteWalk {
  /** One for each name that was found. */
  readonly qids: readonly Qid[];
  /** A new fid for the file where the walk ends, if all names were found. */
  readonly fid: HeldFid | undefined;
}

/**
 * Walks from a fid to a new one; without names, that is a clone.
 *
 * @throws RemoteError if not even the first name was found: later, the server says no more than how far it came.
 */
export async function walkFrom(
  from: HeldFid,
  names: readonly string[],
  options: CallOptions,
): Promise<RemoteWalk> {
  const fid = new HeldFid(from.connection);
  const qids: Qid[] = [];
  let base = from;
  /** The new fid, if a part of the names was walked already, is bound, and has to be given up. */
  const giveUp = (bound: boolean): void => (bound ? fid.clunk() : fid.free());
  for (const wname of parts(names, from.connection.msize)) {
    const moving = base === fid;
    try {
      const { wqid } = await from.call(
        { type: 'Twalk', fid: base.number, newfid: fid.number, wname },
        { ...options, late: (reply) => giveUp(moving || reply?.wqid.length === wname.length) },
      );
      qids.push(...wqid);
      if (wqid.length < wname.length) {
        giveUp(moving);
        return { qids, fid: undefined };
      }
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      giveUp(moving);
      if (qids.length === 0) throw error;
      return { qids, fid: undefined };
    }
    base = fid;
  }
  return { qids, fid };
}

/** The names in rows that fit into a message. */
function parts(names: readonly string[], msize: number): readonly (readonly string[])[] {
  const rows: string[][] = [[]];
  let row = rows[0];
  let room = msize - WALK_HEADER;
  for (const name of names) {
    const size = 2 + textLength(name);
    if (row.length > 0 && (row.length === MAXWELEM || size > room)) {
      rows.push((row = []));
      room = msize - WALK_HEADER;
    }
    row.push(name);
    room -= size;
  }
  return rows;
}

/**
 * Every message of 9P2000, 9P2000.u and 9P2000.L, once. Decoding, encoding, measuring, printing and the generator of
 * made-up messages all come from this table, and so do the TypeScript types.
 *
 * A field that the manual calls `type` has another name here, since `type` is the message's own.
 * The third column names the dialects that have the message ('0' 9P2000, 'u' 9P2000.u, 'L' 9P2000.L) where not all do.
 * Sources: the Plan 9 manual, section 5; include/net/9p/9p.h of Linux; diod's protocol.md for 9P2000.L.
 */
import type { Dialect, Fields } from './layout.ts';

export const MESSAGES = {
  Tversion: [100, 'msize[4] version[s]'],
  Rversion: [101, 'msize[4] version[s]'],
  Tauth: [102, 'afid[4] uname[s] aname[s] n_uname[4].uL'],
  Rauth: [103, 'aqid[13]'],
  Tattach: [104, 'fid[4] afid[4] uname[s] aname[s] n_uname[4].uL'],
  Rattach: [105, 'qid[13]'],
  Rerror: [107, 'ename[s] errno[4].u', '0u'],
  Tflush: [108, 'oldtag[2]'],
  Rflush: [109, ''],
  Twalk: [110, 'fid[4] newfid[4] nwname*(wname[s])'],
  Rwalk: [111, 'nwqid*(wqid[13])'],
  Topen: [112, 'fid[4] mode[1]', '0u'],
  Ropen: [113, 'qid[13] iounit[4]', '0u'],
  Tcreate: [114, 'fid[4] name[s] perm[4] mode[1] extension[s].u', '0u'],
  Rcreate: [115, 'qid[13] iounit[4]', '0u'],
  Tread: [116, 'fid[4] offset[8] count[4]'],
  Rread: [117, 'data[count]'],
  Twrite: [118, 'fid[4] offset[8] data[count]'],
  Rwrite: [119, 'count[4]'],
  Tclunk: [120, 'fid[4]'],
  Rclunk: [121, ''],
  Tremove: [122, 'fid[4]'],
  Rremove: [123, ''],
  Tstat: [124, 'fid[4]', '0u'],
  Rstat: [125, 'stat[n]', '0u'],
  Twstat: [126, 'fid[4] stat[n]', '0u'],
  Rwstat: [127, '', '0u'],

  Rlerror: [7, 'ecode[4]', 'L'],
  Tstatfs: [8, 'fid[4]', 'L'],
  Rstatfs: [
    9,
    'fs_type[4] bsize[4] blocks[8c] bfree[8c] bavail[8c] files[8c] ffree[8c] fsid[8x] namelen[4]',
    'L',
  ],
  Tlopen: [12, 'fid[4] flags[4]', 'L'],
  Rlopen: [13, 'qid[13] iounit[4]', 'L'],
  Tlcreate: [14, 'fid[4] name[s] flags[4] mode[4] gid[4]', 'L'],
  Rlcreate: [15, 'qid[13] iounit[4]', 'L'],
  Tsymlink: [16, 'dfid[4] name[s] target[s] gid[4]', 'L'],
  Rsymlink: [17, 'qid[13]', 'L'],
  Tmknod: [18, 'dfid[4] name[s] mode[4] major[4] minor[4] gid[4]', 'L'],
  Rmknod: [19, 'qid[13]', 'L'],
  Trename: [20, 'fid[4] dfid[4] name[s]', 'L'],
  Rrename: [21, '', 'L'],
  Treadlink: [22, 'fid[4]', 'L'],
  Rreadlink: [23, 'target[s]', 'L'],
  Tgetattr: [24, 'fid[4] request_mask[8f]', 'L'],
  Rgetattr: [
    25,
    'valid[8f] qid[13] mode[4] uid[4] gid[4] nlink[8] rdev[8] size[8] blksize[8] blocks[8] atime_sec[8i] atime_nsec[8] mtime_sec[8i] mtime_nsec[8] ctime_sec[8i] ctime_nsec[8] btime_sec[8i] btime_nsec[8] gen[8x] data_version[8x]',
    'L',
  ],
  Tsetattr: [
    26,
    'fid[4] valid[4] mode[4] uid[4] gid[4] size[8u] atime_sec[8i] atime_nsec[8c] mtime_sec[8i] mtime_nsec[8c]',
    'L',
  ],
  Rsetattr: [27, '', 'L'],
  Txattrwalk: [30, 'fid[4] newfid[4] name[s]', 'L'],
  Rxattrwalk: [31, 'size[8]', 'L'],
  Txattrcreate: [32, 'fid[4] name[s] attr_size[8] flags[4]', 'L'],
  Rxattrcreate: [33, '', 'L'],
  Treaddir: [40, 'fid[4] offset[8x] count[4]', 'L'],
  Rreaddir: [41, 'data[count]', 'L'],
  // diod's tools of 2010 to 2025 leave datasync out (diod issues 101 and 118): both lengths are right.
  Tfsync: [50, 'fid[4] datasync[4]?', 'L'],
  Rfsync: [51, '', 'L'],
  Tlock: [52, 'fid[4] lock_type[1] flags[4] start[8] length[8] proc_id[4] client_id[s]', 'L'],
  Rlock: [53, 'status[1]', 'L'],
  Tgetlock: [54, 'fid[4] lock_type[1] start[8] length[8] proc_id[4] client_id[s]', 'L'],
  Rgetlock: [55, 'lock_type[1] start[8] length[8] proc_id[4] client_id[s]', 'L'],
  Tlink: [70, 'dfid[4] fid[4] name[s]', 'L'],
  Rlink: [71, '', 'L'],
  Tmkdir: [72, 'dfid[4] name[s] mode[4] gid[4]', 'L'],
  Rmkdir: [73, 'qid[13]', 'L'],
  Trenameat: [74, 'olddirfid[4] oldname[s] newdirfid[4] newname[s]', 'L'],
  Rrenameat: [75, '', 'L'],
  Tunlinkat: [76, 'dirfd[4] name[s] flags[4]', 'L'],
  Runlinkat: [77, '', 'L'],
} as const satisfies Record<string, readonly [number, string, string?]>;

type Table = typeof MESSAGES;
type Flat<T> = { [K in keyof T]: T[K] };

/** The name of a message: `'Tversion'`, `'Rversion'`, … */
export type MessageType = keyof Table;

/** One message, by its name: `MessageOf<'Twalk'>` has `fid`, `newfid` and `wname`. */
export type MessageOf<T extends MessageType> = {
  [K in T]: Flat<{ readonly type: K; readonly tag: number } & Fields<Table[K][1]>>;
}[T];

/** Any message: a union that a `switch` on `type` takes apart. */
export type Message = MessageOf<MessageType>;

/** What a client sends. */
export type TMessage = MessageOf<Extract<MessageType, `T${string}`>>;

/** What a server answers. */
export type RMessage = MessageOf<Extract<MessageType, `R${string}`>>;

/** The reply that belongs to a request: `ReplyTo<'Twalk'>` is an `Rwalk`. */
export type ReplyTo<T extends TMessage['type']> = T extends `T${infer Name}`
  ? MessageOf<Extract<MessageType, `R${Name}`>>
  : never;

export function hasMessage(dialect: Dialect, type: MessageType): boolean {
  const dialects: string | undefined = (MESSAGES[type] as readonly [number, string, string?])[2];
  return dialects === undefined || dialects.includes(dialect.at(-1)!);
}

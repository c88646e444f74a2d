/** A host file's attributes. */
import type { Attr } from '../../file/index.ts';
import { groupName, userName, type Stat } from '../../host/index.ts';

export function attrOf(stat: Stat): Attr {
  return {
    type: stat.type,
    nature: 'plain',
    mode: stat.mode,
    size: stat.size,
    owner: userName(stat.uid),
    group: groupName(stat.gid),
    uid: stat.uid,
    gid: stat.gid,
    nlink: stat.nlink,
    major: stat.major,
    minor: stat.minor,
    blksize: stat.blksize,
    blocks: stat.blocks,
    atime: stat.atime,
    mtime: stat.mtime,
    ctime: stat.ctime,
    ...(stat.btime && { btime: stat.btime }),
  };
}

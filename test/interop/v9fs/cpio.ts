/** The archive format of an initramfs: cpio, "newc" (Linux, driver-api/early-userspace/buffer-format.rst). */

/** A directory, or a file with what is in it. The path is relative to the root, its directories come before it. */
export type Member =
  | { readonly path: string; readonly kind: 'directory' }
  | {
      readonly path: string;
      readonly kind: 'file';
      readonly content: Uint8Array;
      readonly executable: boolean;
    };

const MAGIC = '070701';
const DIRECTORY = 0o040755;
const PROGRAM = 0o100755;
const PLAIN = 0o100644;
const END: Member = { path: 'TRAILER!!!', kind: 'file', content: new Uint8Array(), executable: false };

/** All members as one archive, owned by root, dated 1970. */
export function cpio(members: readonly Member[]): Buffer {
  return Buffer.concat([...members, END].flatMap((member, index) => entry(member, index + 1)));
}

/** A header of 6 + 13 * 8 characters, the name with a NUL, the content; name and content are padded to 4 bytes. */
function entry(member: Member, serial: number): Buffer[] {
  const name = Buffer.from(`${member.path}\0`);
  const content = member.kind === 'file' ? member.content : new Uint8Array();
  const links = member.kind === 'directory' ? 2 : 1;
  //              ino     mode          uid gid nlink mtime filesize     devmajor, minor, rdev…  namesize  check
  const fields = [serial, modeOf(member), 0, 0, links, 0, content.length, 0, 0, 0, 0, name.length, 0];
  const header = Buffer.from(MAGIC + fields.map((field) => field.toString(16).padStart(8, '0')).join(''));
  return [header, name, padding(header.length + name.length), Buffer.from(content), padding(content.length)];
}

function modeOf(member: Member): number {
  if (member.kind === 'directory') return DIRECTORY;
  return member.executable ? PROGRAM : PLAIN;
}

function padding(length: number): Buffer {
  return Buffer.alloc(-length & 3);
}

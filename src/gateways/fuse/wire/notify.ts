/**
 * Notifications: what the kernel is told without having asked. Those that invalidate may wait in the kernel for the end
 * of a request that is being answered: they go through `FuseDevice.notify`, never inline.
 */
import { encodeName } from '../../../host/name.ts';
import { NOTIFY, OUT_HEADER } from './constants.ts';
import { draft, messageOf, type Draft } from './room.ts';
import { putU64 } from './structs.ts';

const WHOLE = 0;
/** No content at all. */
const NOTHING = -1;

/** The attributes of a file are to be asked for again; its content stays. */
export function invalidateAttributes(node: number): Uint8Array {
  return invalidate(node, NOTHING);
}

/** The attributes of a file, and all of its content. */
export function invalidateContent(node: number): Uint8Array {
  return invalidate(node, WHOLE);
}

/** struct fuse_notify_inval_inode_out; a length of 0 goes to the end. */
function invalidate(node: number, offset: number): Uint8Array {
  const message = draft(24);
  putU64(message.view, message.at, node);
  putU64(message.view, message.at + 8, offset);
  return notification(message, 24, NOTIFY.INVAL_INODE);
}

/** A name in a directory is to be looked up again: struct fuse_notify_inval_entry_out, the name and a NUL. */
export function invalidateEntry(parent: number, name: string): Uint8Array {
  const bytes = encodeName(name);
  const size = 16 + bytes.length + 1;
  const message = draft(size);
  putU64(message.view, message.at, parent);
  message.view.setUint32(message.at + 8, bytes.length, true);
  const whole = notification(message, size, NOTIFY.INVAL_ENTRY);
  whole.set(bytes, OUT_HEADER + 16);
  return whole;
}

/** Whoever polls with that number of the kernel's is to ask again. Waits for nobody. */
export function pollWakeup(poll: bigint): Uint8Array {
  const message = draft(8);
  message.view.setBigUint64(message.at, poll, true);
  return notification(message, 8, NOTIFY.POLL);
}

/** `unique` 0 makes it a notification, and its kind stands where the error of a reply does. */
function notification(draft: Draft, size: number, kind: number): Uint8Array {
  const start = draft.at - OUT_HEADER;
  draft.view.setUint32(start, OUT_HEADER + size, true);
  draft.view.setInt32(start + 4, kind, true);
  return messageOf(draft, size);
}

/** How a mount or a bind joins what is there: the numbers of Plan 9's bind(2) and `<libc.h>`. */

/** In the place of what is there. */
export const MREPL = 0x0000;
/** Searched before what is there. */
export const MBEFORE = 0x0001;
/** Searched after what is there. */
export const MAFTER = 0x0002;
/** New files may be made here. */
export const MCREATE = 0x0004;
/** Through a proxy of the tree's kind. */
export const MCACHE = 0x0010;

/** The bits that say where; the others say what else. */
export const MORDER = 0x0003;

const MASK = MORDER | MCREATE | MCACHE;

/** A sum of flags that means something. */
export function areFlags(flags: number): boolean {
  return Number.isInteger(flags) && (flags & ~MASK) === 0 && (flags & MORDER) !== MORDER;
}

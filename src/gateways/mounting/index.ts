/** Mounts of this machine: what gateways that mount have in common. */
export { absolute, cannotMount, isWithin, locate, requireFree, type MountKind } from './mountpoint.ts';
export { findProgram, run, type Outcome } from './programs.ts';
export { isDead, prepareUnmount, type Unmount, type Way } from './unmount.ts';

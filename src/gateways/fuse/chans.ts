/** Chans for what the kernel looks up, and their end. */
import {
  Chan,
  after,
  rescue,
  type Awaitable,
  type CloseReason,
  type File,
  type OpenMode,
  type Request,
} from '../../file/index.ts';

/** A Chan for a file that was looked up: a root of its own, for the kernel knows what its `..` is. */
export function chanOf(file: File, readOnly = false): Chan {
  return Chan.attach(file, { readOnly });
}

/** Closes what nobody waits for, so that nobody is told if that fails. */
export function abandon(chan: Chan, reason: CloseReason, r: Request): void {
  void rescue<void>(
    () => chan.close(reason, r),
    () => undefined,
  );
}

/** A Chan of its own, open. */
export function openClone(chan: Chan, mode: OpenMode, r: Request): Awaitable<Chan> {
  const own = chan.clone();
  return orAbandon(own, r, () => after(own.open(mode, r), () => own));
}

/** Works with a Chan, which is closed if that fails. */
export function orAbandon<T>(chan: Chan, r: Request, work: () => Awaitable<T>): Awaitable<T> {
  return rescue(work, (error) => {
    abandon(chan, 'clunk', r);
    throw error;
  });
}

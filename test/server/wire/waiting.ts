/** Requests that wait for as long as a test wants them to. */
import { text, type File, type OpenFile, type Request } from '../../../src/file/index.ts';

/** Reads that wait until they are told to end, or the signal says so; and how many wait. */
export function waiting() {
  const state = { now: 0, most: 0 };
  const release: (() => void)[] = [];
  const wait = (r: Request): Promise<number> =>
    new Promise((resolve, reject) => {
      state.most = Math.max(state.most, ++state.now);
      const end = (settle: () => void) => (): void => {
        state.now--;
        settle();
      };
      release.push(end(() => resolve(0)));
      r.signal.addEventListener(
        'abort',
        end(() => reject(Object.assign(new Error(), { code: 'EINTR' }))),
      );
    });
  const open = (): OpenFile => ({ read: (_o, _i, r) => wait(r), write: (_o, _d, r) => wait(r) });
  const file: File = { ...text('', { write: () => {} }), open };
  return { file, state, release };
}

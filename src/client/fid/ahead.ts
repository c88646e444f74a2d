/** Several requests at a time, where their results are wanted in order. */
import { FileError, type Awaitable, type Request } from '../../file/index.ts';
import { follow } from '../abort.ts';

/**
 * Does `work` on each of the items, on up to `limit()` of them at a time, and gives the results in the items' order.
 * When it ends, however it ends, what is still under way is cancelled, and has settled.
 */
export async function* ahead<T, U>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: () => number,
  r: Request,
  work: (item: T, r: Request) => Awaitable<U>,
): AsyncGenerator<U> {
  const controller = new AbortController();
  const request: Request = { user: r.user, aname: r.aname, signal: controller.signal };
  const forget = follow(r.signal, controller);
  const start = async (item: T): Promise<U> => {
    request.signal.throwIfAborted();
    return work(item, request);
  };
  const running: Promise<U>[] = [];
  try {
    for await (const item of items) {
      const result = start(item);
      // Whoever waits for its turn will see the error; until then nobody does.
      result.catch(() => undefined);
      running.push(result);
      if (running.length >= limit()) yield await running.shift()!;
    }
    while (running.length > 0) yield await running.shift()!;
  } finally {
    if (running.length > 0) controller.abort(new FileError('ECANCELED'));
    await Promise.allSettled(running);
    forget();
  }
}

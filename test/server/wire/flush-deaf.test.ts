/** Section 4 of the corners: flush, of what ignores it. */
import { describe, expect, test } from '@jest/globals';
import { DIALECTS, NOFID, T, counted, s, u16, u32, u64 } from './codec.ts';
import { Nine, READ } from './nine.ts';
import { serverOf, settle } from './peer.ts';
import { fails } from './refusal.ts';
import { Gate, slow } from './slow.ts';
import { GLENDA, TRUSTING, ramTree, session } from './worlds.ts';

/** Handlers that do not look at the signal and do not end: what they bring about after the Rflush is undone. */
describe.each(DIALECTS)('a handler that ignores the signal, %s', (dialect) => {
  type Fields = [number, ...Uint8Array[]];

  interface Scenario {
    readonly method: string;
    readonly request: (nine: Nine) => Fields;
    readonly prepare?: (nine: Nine) => Promise<unknown>;
    /** What is to be seen once the handler has ended, after the Rflush. */
    readonly afterwards: (nine: Nine) => Promise<void>;
  }

  async function begin(method: string): Promise<{ nine: Nine; gate: Gate }> {
    const gate = new Gate(method);
    const nine = await session(serverOf(slow(await ramTree(), gate.pause), TRUSTING), dialect, GLENDA);
    await nine.walk(0, 1, 'top');
    await nine.walk(0, 2, 'd');
    return { nine, gate };
  }

  async function play({ method, request, prepare, afterwards }: Scenario): Promise<void> {
    const { nine, gate } = await begin(method);
    await prepare?.(nine);
    gate.close();
    const { tag } = nine.post(...request(nine));
    await settle();
    expect(gate.arrived).toBe(1);
    nine.forget(tag);
    await nine.flush(tag);
    // Its tag is free at once.
    await nine.postAs(tag, T.flush, u16(tag)).body;
    gate.open();
    await settle();
    await afterwards(nine);
  }

  const scenarios: Readonly<Record<string, Scenario>> = {
    'a walk: newfid is not bound': {
      method: 'walk',
      request: () => [T.walk, ...Nine.walkFields(2, 9, ['f'])],
      async afterwards(nine) {
        await fails(nine.clunk(9), 'EBADF');
        await nine.walk(2, 9, 'f');
      },
    },
    'a walk onto itself: the fid stays': {
      method: 'walk',
      request: () => [T.walk, ...Nine.walkFields(2, 2, ['f'])],
      async afterwards(nine) {
        expect((await nine.info(2)).isDir).toBe(true);
      },
    },
    'an open: the fid is not open': {
      method: 'open',
      request: (nine) => nine.openFields(1, 0),
      async afterwards(nine) {
        await fails(nine.read(1, 0, 10), 'EBADF');
        await nine.open(1);
        expect(await nine.text(1)).toBe('top\n');
      },
    },
    'a create: the fid is the directory still, and the name is free': {
      method: 'create',
      request: (nine) => nine.createFields(2, 'new'),
      async afterwards(nine) {
        expect((await nine.info(2)).isDir).toBe(true);
        expect(await nine.walk(2, 9, 'f')).toHaveLength(1);
        await nine.create(2, 'new');
        await nine.write(2, 0, 'x');
        expect(await nine.content('d', 'new')).toBe('x');
      },
    },
    'a read': {
      method: 'read',
      request: () => READ(1),
      prepare: (nine) => nine.open(1),
      async afterwards(nine) {
        expect(await nine.text(1)).toBe('top\n');
      },
    },
    'a write': {
      method: 'write',
      request: () => [T.write, u32(1), u64(0), counted('TOP')],
      prepare: (nine) => nine.open(1, 1),
      async afterwards(nine) {
        expect(await nine.write(1, 3, '!')).toBe(1);
      },
    },
    'a clunk: its fid is gone once it is done': {
      method: 'close',
      request: () => [T.clunk, u32(1)],
      prepare: (nine) => nine.open(1),
      async afterwards(nine) {
        await fails(nine.clunk(1), 'EBADF');
      },
    },
    'an attach: the fid stays free': {
      method: 'walk',
      request: (nine) => {
        const n_uname = nine.isUnix ? [u32(1000)] : [];
        return [T.attach, u32(5), u32(NOFID), s('glenda'), s('/d'), ...n_uname];
      },
      async afterwards(nine) {
        await fails(nine.clunk(5), 'EBADF');
        await nine.attach(5, { aname: '/d' });
      },
    },
  };

  // At once: each of them waits until the server gives up.
  test(Object.keys(scenarios).join('; '), async () => {
    const names = Object.keys(scenarios);
    const outcomes = await Promise.allSettled(names.map((name) => play(scenarios[name])));
    const failed = outcomes.flatMap((outcome, i) =>
      outcome.status === 'rejected' ? [`${names[i]}: ${String(outcome.reason)}`] : [],
    );
    expect(failed).toEqual([]);
  });

  test('other requests are served meanwhile, and a flush of the flush is answered too', async () => {
    const { nine, gate } = await begin('open');
    gate.close();
    const { tag } = nine.post(...nine.openFields(1, 0));
    await settle();
    nine.forget(tag);
    const before = nine.replies.length;
    const [flush, ofFlush] = [nine.post(T.flush, u16(tag)), nine.tag()];
    const second = nine.postAs(ofFlush, T.flush, u16(flush.tag));
    await nine.info(2);
    await Promise.all([flush.body, second.body]);
    expect(nine.since(before).filter((one) => one.startsWith('109'))).toEqual([
      `109:${flush.tag}`,
      `109:${second.tag}`,
    ]);
    gate.open();
  });
});

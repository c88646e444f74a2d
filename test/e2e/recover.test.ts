/** A mounted server that is killed, and started again at the same address: what was open goes on where it was. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Fid, dial } from '../../src/index.ts';
import { World, program, type Serving } from './world.ts';

let world: World;
beforeAll(() => {
  world = new World();
});
afterAll(() => world[Symbol.asyncDispose]());

const string = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

async function failureOf(work: Promise<unknown>): Promise<Error & { readonly code?: string }> {
  return work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: Error) => error,
  );
}

function start(name: string, address = 'tcp://127.0.0.1:0'): Promise<Serving> {
  return world.serve('-l', address, '-m', `file:${name} /`);
}

describe('a server that is killed', () => {
  test('is missed within the deadline, by its name; what was open goes on when it is back', async () => {
    world.file('tree/deep/down/poem', 'an old silent pond\na frog jumps in\n');
    for (let i = 0; i < 200; i++) world.file(`tree/many/${i}`, `${i}`);
    const first = await start('tree');
    const [address] = first.addresses;
    await using root = new Fid(await dial(address, { deadline: 700 }));

    await using poem = await (await root.walk('deep/down/poem')).open();
    expect(string(await poem.read({ length: 13 }))).toBe('an old silent');
    await using notes = await root.create('deep/notes');
    await notes.write('before, ');
    await using idle = await root.walk('many/77');
    const listing = root.list({ path: 'many' });
    const names = new Set([(await listing.next()).value!.name]);

    await first.stop('SIGKILL');
    const begun = performance.now();
    const error = await failureOf(root.stat('deep'));
    expect(performance.now() - begun).toBeLessThan(1500);
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    expect(error.message).toContain(`cannot stat /deep: the link to ${address} was lost `);
    expect(error.message).not.toContain('\n');
    // It is down: nobody waits that long again.
    const again = performance.now();
    await failureOf(poem.read());
    expect(performance.now() - again).toBeLessThan(300);

    await start('tree', address);
    expect(string(await poem.read({ length: 6, timeout: 5000 }))).toBe(' pond\n');
    await notes.write('after');
    await notes.close();
    expect(world.read('tree/deep/notes')).toBe('before, after');
    expect(await idle.stat()).toMatchObject({ name: '77', size: 2 });
    for await (const { name } of listing) {
      expect(names.has(name)).toBe(false);
      names.add(name);
    }
    expect(names.size).toBe(200);
  });

  test('again and again, while somebody writes: what was acknowledged is there', async () => {
    world.file('work/ring', Buffer.alloc(64 * 16));
    let server = await start('work');
    const [address] = server.addresses;
    await using root = new Fid(await dial(address));
    await using ring = await (await root.walk('ring')).open('r+');
    const acknowledged: string[] = [];
    const over = new AbortController();
    const writing = (async () => {
      for (let i = 0; !over.signal.aborted; i++) {
        const slot = i % 64;
        const record = `record ${i}`.padEnd(16);
        await ring.write(record, { offset: slot * 16 });
        acknowledged[slot] = record;
      }
    })();
    for (let i = 0; i < 3; i++) {
      const before = acknowledged.join('');
      await server.stop('SIGKILL');
      server = await start('work', address);
      while (acknowledged.join('') === before) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    while (acknowledged.length < 64) await new Promise((resolve) => setTimeout(resolve, 5));
    over.abort();
    await writing;
    expect(world.read('work/ring')).toBe(acknowledged.join(''));
  });

  test('and replaced by one with other files: what was open is stale, what is asked by name is found', async () => {
    world.file('old/f', 'old');
    world.file('new/f', 'new');
    const first = await start('old');
    const [address] = first.addresses;
    await using root = new Fid(await dial(address));
    await using file = await (await root.walk('f')).open();
    await first.stop('SIGKILL');
    await start('new', address);
    expect(await root.readText('f')).toBe('new');
    expect(await failureOf(file.read())).toMatchObject({ code: 'ESTALE' });
  });
});

test('a command that ends is run again', async () => {
  world.file('by exec/f', 'hello, world');
  const pid = world.path('pid');
  const serve = `'${process.execPath}' '${program}' serve --stdio -m 'file:${world.path('by%2520exec')} /'`;
  const file = await dial(`exec:echo $$ >'${pid}'; exec ${serve} 2>'${world.path('log')}'`);
  await using root = new Fid(file);
  await using open = await (await root.walk('f')).open();
  expect(string(await open.read({ length: 7 }))).toBe('hello, ');
  const before = readFileSync(pid, 'utf8');
  process.kill(Number(before), 'SIGKILL');
  expect(string(await open.read())).toBe('world');
  expect(readFileSync(pid, 'utf8')).not.toBe(before);
});

test('without reconnect a tree ends with its server', async () => {
  const server = await world.serve('-m', 'ram: /');
  await using root = new Fid(await dial(server.addresses[0], { reconnect: false }));
  await server.stop('SIGKILL');
  expect(await failureOf(root.stat())).toMatchObject({ code: 'ECONNRESET' });
});

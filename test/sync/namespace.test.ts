/** The blocking namespace: its world, its threads, and what it cannot have. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { MAFTER, MCREATE, MREPL, newNamespace, ram, text } from '../../src/index.ts';
import { SyncNamespace, syncOf } from '../../src/sync-namespace.ts';
import { BlockingNamespace, type SyncOptions } from '../../src/sync/namespace.ts';
import { folder, peer } from './peer.ts';

const PATIENCE = 30_000;

const begun: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of begun.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

function begin<T extends AsyncDisposable>(one: T): T {
  begun.push(one);
  return one;
}

const newSync = (options?: SyncOptions): SyncNamespace => begin(new SyncNamespace(options));

function caught(call: () => unknown): NodeJS.ErrnoException {
  try {
    call();
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
  throw new Error('it did not fail');
}

describe('a namespace of its own', () => {
  test('has the usual directories, and takes files', () => {
    const world = newSync();
    expect(world.readdirSync('/')).toEqual(['dev', 'mnt', 'n', 'net', 'srv', 'tmp']);
    world.writeFileSync('/tmp/f', 'hello');
    expect(world.readFileSync('/tmp/f', 'utf8')).toBe('hello');
  });

  test('mounts, binds, unmounts, prints, and goes from place to place', async () => {
    const far = begin(await peer('ram:'));
    const world = newSync();
    world.mountSync(far.address, '/n/far', MREPL | MCREATE);
    world.mountSync('ram:', '/n/near', MCREATE);
    world.writeFileSync('/n/far/f', 'far');
    world.writeFileSync('/n/near/g', 'near');
    world.bindSync('/n/far', '/n/near', MAFTER);
    expect(world.readdirSync('/n/near')).toEqual(['f', 'g']);
    expect(world.printSync()).toBe(
      `mount -c '${far.address}' /n/far\nmount -c ram: /n/near\nbind -a /n/far /n/near\n`.replaceAll("'", ''),
    );
    world.cdSync('/n/near');
    expect([world.cwd, world.readFileSync('f', 'utf8')]).toEqual(['/n/near', 'far']);
    world.unmountSync('/n/far', '/n/near');
    expect(world.existsSync('f')).toBe(false);
    expect(world.readFileSync('g', 'utf8')).toBe('near');
  });

  test('what cannot be mounted is said as it is otherwise', () => {
    const world = newSync();
    const error = caught(() => world.mountSync('tcp://127.0.0.1:1', '/n/x'));
    expect(error.name).toBe('MountError');
    expect(error.message).toContain('/n/x');
    expect(error.code).toBe('ECONNREFUSED');
    expect(caught(() => world.mountSync('nothing:', '/n/x')).code).toBe('EINVAL');
    expect(caught(() => world.cdSync('/no')).code).toBe('ENOENT');
    expect(world.cwd).toBe('/');
  });

  test('two of them have nothing in common', () => {
    const [one, two] = [newSync(), newSync()];
    one.writeFileSync('/tmp/f', '1');
    expect(two.existsSync('/tmp/f')).toBe(false);
  });
});

describe('the blocking form of a namespace', () => {
  test('has what is mounted in it, before and after it was first used', async () => {
    const far = begin(await peer('ram:'));
    using near = folder();
    const world = begin(newNamespace());
    await world.mount(far.address, '/n/far', MREPL | MCREATE);
    const sync = begin(syncOf(world));
    sync.writeFileSync('/n/far/f', 'sync');
    expect(await world.readText('/n/far/f')).toBe('sync');

    await world.mount(`file:${near.path}`, '/n/near', MREPL | MCREATE);
    await world.bind('/n/far', '/mnt');
    sync.writeFileSync('/n/near/g', 'too');
    expect(await world.readText('/n/near/g')).toBe('too');
    expect(sync.readFileSync('/mnt/f', 'utf8')).toBe('sync');
    await world.unmount('/mnt');
    expect(sync.readdirSync('/mnt')).toEqual([]);
    expect(sync.printSync()).toBe(world.print());
  });

  test('follows where it is, until it goes elsewhere by itself', async () => {
    const far = begin(await peer('ram:'));
    const world = begin(newNamespace());
    await world.mount(far.address, '/n/far', MREPL | MCREATE);
    await world.mkdir('/n/far/d');
    await world.cd('/n/far');
    const sync = begin(syncOf(world));
    expect(sync.readdirSync('.')).toEqual(['d']);
    sync.cdSync('d');
    expect([sync.cwd, sync.readdirSync('.')]).toEqual(['/n/far/d', []]);
  });

  test('keeps what was mounted in it alone', async () => {
    const [one, two] = [begin(await peer('ram:')), begin(await peer('ram:'))];
    const world = begin(newNamespace());
    const sync = begin(syncOf(world));
    sync.mountSync(one.address, '/n/one', MREPL | MCREATE);
    const fd = sync.openSync('/n/one/open', 'w+');
    await world.mount(two.address, '/n/two', MREPL | MCREATE);
    sync.writeFileSync('/n/two/f', 'two');
    sync.writeFileSync('/n/one/f', 'one');
    expect(world.mounts).toBe(1);
    sync.writeSync(fd, 'still open');
    sync.closeSync(fd);
    expect(sync.readFileSync('/n/one/open', 'utf8')).toBe('still open');
  });

  test('cannot have what is in the memory of this thread', async () => {
    const far = begin(await peer('ram:'));
    const world = begin(newNamespace());
    const sync = begin(syncOf(world));
    for (const what of ['ram:', text('x'), ram()]) {
      await world.mount(what, '/n/mine');
      const error = caught(() => sync.readdirSync('/n'));
      expect(error.code).toBe('EOPNOTSUPP');
      expect(error.message).toMatch(/^\/n\/mine is .*another thread.*serve it and mount its address$/);
      await world.unmount('/n/mine');
    }
    await world.mount(far.address, '/n/far');
    expect(sync.readdirSync('/n')).toEqual(['far']);
  });

  test('a server that is not there any more is an error, and what was there stays', async () => {
    const far = begin(await peer('ram:'));
    const gone = begin(await peer('ram:'));
    const world = begin(newNamespace());
    await world.mount(far.address, '/n/far');
    const sync = begin(syncOf(world));
    sync.readdirSync('/n/far');
    await world.mount(gone.address, '/n/gone');
    await gone.kill();
    expect(caught(() => sync.readdirSync('/n/far')).message).toContain('/n/gone');
    await world.unmount('/n/gone');
    expect(sync.readdirSync('/n/far')).toEqual([]);
  });
});

describe('the thread', () => {
  test('a call that takes too long is given up, and the next one goes well', async () => {
    const far = begin(await peer('quiet'));
    const world = newSync();
    world.mountSync(far.address, '/n/far');
    world.timeout = 300;
    const before = performance.now();
    const error = caught(() => world.readFileSync('/n/far/quiet'));
    expect(error.code).toBe('ETIMEDOUT');
    expect(error.message).toContain('readFileSync has not been answered within 300 ms');
    expect(performance.now() - before).toBeLessThan(5000);
    expect(world.readdirSync('/n/far')).toEqual(['quiet']);
  });

  const broken = (name: string): BlockingNamespace =>
    begin(new BlockingNamespace(new URL(`./broken/${name}.js`, import.meta.url)));

  test('one that ends in the middle of a call is an error', async () => {
    const world = broken('exits');
    const error = caught(() => world.readFileSync('/x'));
    expect([error.code, world.isUp]).toEqual(['EIO', false]);
    expect(error.message).toBe('readFileSync: the thread of the namespace has ended');
    expect(caught(() => world.readdirSync('/')).code).toBe('EIO');
    await delay(10);
  });

  test(
    'one that dies without a word is an error',
    () => {
      expect(caught(() => broken('throws').readFileSync('/x')).code).toBe('EIO');
    },
    PATIENCE,
  );

  test('closed is closed', async () => {
    const world = new SyncNamespace();
    world.readdirSync('/');
    await world.close();
    await world.close();
    expect([caught(() => world.readdirSync('/')).code, world.isUp]).toEqual(['EBADF', false]);
    const unused = new SyncNamespace();
    await unused.close();
    expect(caught(() => unused.readdirSync('/')).code).toBe('EBADF');
  });

  test('closed, it leaves nothing open', async () => {
    const descriptors = (): number => readdirSync('/proc/self/fd').length;
    const open = async (): Promise<void> => {
      const world = new SyncNamespace();
      world.mountSync(`file:${fileURLToPath(new URL('..', import.meta.url))}`, '/n/here');
      for (const name of world.readdirSync('/n/here')) world.statSync(`/n/here/${name}`);
      world.openSync('/n/here/root.js');
      await world.close();
    };
    await open();
    const before = descriptors();
    for (let i = 0; i < 3; i++) await open();
    expect(descriptors()).toBeLessThanOrEqual(before + 2);
  });

  test(
    'does not keep the process alive',
    () => {
      const program = `import { SyncNamespace } from '${new URL('../../src/sync-namespace.js', import.meta.url).href}';
        const world = new SyncNamespace();
        world.writeFileSync('/tmp/f', 'hello');
        process.stdout.write(world.readFileSync('/tmp/f', 'utf8'));`;
      const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
        encoding: 'utf8',
        timeout: PATIENCE,
        cwd: fileURLToPath(new URL('.', import.meta.url)),
      });
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'hello', stderr: '' });
    },
    PATIENCE,
  );
});

/** A restricted tree behind a server: users are known by their keys, in each dialect; and served again. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Fid, attach, type RemoteFile } from '../../../src/client/index.ts';
import { Chan, type File, type User } from '../../../src/file/index.ts';
import { restrict, type Rule } from '../../../src/namespaces/allow/index.ts';
import { NONUNAME, type Dialect } from '../../../src/protocol/index.ts';
import { NO_USERS } from '../../../src/server/identity.ts';
import { Server, type ServerOptions } from '../../../src/server/index.ts';
import { connect, listen, pipe } from '../../../src/transport/index.ts';
import { makeIdentity } from '../../../src/transport/keys.ts';
import type { Listener } from '../../../src/transport/stream.ts';
import { Tap } from '../../client/tap.ts';
import { GLENDA, KEN, ROB, RULES, URIEL, USERS, battery, kitOf, requestOf, tree } from './battery.ts';

const DIALECTS: readonly Dialect[] = ['9P2000.L', '9P2000.u', '9P2000'];

const options: ServerOptions = {
  owner: GLENDA,
  users: { ...NO_USERS, userNamed: (name) => USERS.find((user) => user.name === name) },
};

/** The key of each user, and of the server. */
const keys = new Map(USERS.map((user) => [user.name, makeIdentity()]));
const identity = makeIdentity();

const NOTHING = 'nothing here is allowed to uriel';

/** What whoever connects is served now. */
let server: Server;
let listener: Listener;

beforeAll(async () => {
  const authorized = (key: string): string | undefined =>
    [...keys].find(([, { publicKey }]) => publicKey === key)?.[0];
  listener = await listen('tls://127.0.0.1:0', (stream) => server.accept(stream), { identity, authorized });
});
afterAll(() => listener.close());

function serveNow(root: File): void {
  server = new Server(root, options);
}

/** Attaches as the owner of a key, who says to be glenda. */
async function enter({ name }: User, dialect: Dialect, aname = ''): Promise<RemoteFile> {
  const stream = await connect(listener.address, {
    identity: keys.get(name)!,
    knownServer: () => identity.publicKey,
  });
  return attach(stream, { user: GLENDA, dialects: [dialect], aname });
}

describe.each(DIALECTS)('%s over TLS', (dialect) => {
  test.each([GLENDA, KEN, ROB].map((user) => [user.name, user] as const))('%s', async (_, user) => {
    await battery(dialect, user, async (root) => {
      serveNow(restrict(root, RULES));
      const chan = Chan.attach(await enter(user, dialect));
      const r = requestOf(user);
      const close = async (): Promise<void> => {
        await chan.close('clunk', r);
        await server.close();
      };
      return { kit: kitOf(chan, r), close };
    });
  });

  test('whom no line allows anything is refused at attach, whatever is asked for', async () => {
    serveNow(restrict(await tree(), RULES));
    // 9P2000 has words only, 9P2000.L a number only.
    const refusal = dialect === '9P2000' ? { message: expect.stringContaining(NOTHING) } : { code: 'EACCES' };
    for (const aname of ['', '/', 'pub', 'nothing']) {
      await expect(enter(URIEL, dialect, aname)).rejects.toMatchObject(refusal);
    }
    if (dialect === '9P2000.u') await expect(enter(URIEL, dialect)).rejects.toThrow(NOTHING);
    await server.close();
  });

  test('a subtree is attached by those who see it, and its root is the end of ..', async () => {
    serveNow(restrict(await tree(), RULES));
    await using pub = new Fid(await enter(ROB, dialect, 'pub'));
    expect(await pub.readText('../../pub/../file').catch(() => 'no pub in pub')).toBe('no pub in pub');
    expect(await pub.readText('../file')).toBe('content of pub/file');
    await expect(enter(ROB, dialect, 'private')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(enter(ROB, dialect, 'pub/../private')).rejects.toMatchObject({ code: 'EINVAL' });
    await server.close();
  });
});

/** What the second server allows of what ken sees on the first. */
const AGAIN: readonly Rule[] = [
  { user: 'rob', access: 'ro', path: '/pub/dir' },
  { user: 'uriel', access: 'rw', path: '/pub' },
  { user: 'uriel', access: 'rw', path: '/private' },
];

/** Ken, on the machine of the second server, which is his. */
const SERVING: User = { ...KEN, serves: true };

describe.each(DIALECTS)('%s, served again by a server that is ken to the first', (dialect) => {
  /** A connection to the second server, as a user, who is believed. */
  async function again(user: User): Promise<Fid> {
    serveNow(restrict(await tree(), RULES));
    const far = await enter(KEN, dialect);
    const second = new Server(restrict(far, AGAIN), { ...options, owner: SERVING, trustUname: true });
    const [theirs, ours] = pipe();
    second.accept(theirs, () => far.release());
    return new Fid(await attach(ours, { uname: user.name, n_uname: NONUNAME, dialects: [dialect] }));
  }

  const code = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => 'done',
      (error: { code?: unknown }) => error.code,
    );

  test('the second narrows what the first allows, and gives nothing more', async () => {
    await using uriel = await again(URIEL);
    expect(await code(uriel.writeFile('pub/new', 'x'))).toBe('done');
    expect(await code(uriel.writeFile('pub/file', 'x'))).toBe('done');
    expect(await code(uriel.writeFile('pub/old/file', 'x'))).toBe('EROFS');
    expect(await code(uriel.remove('pub/old/file'))).toBe('EROFS');
    expect(await code(uriel.stat('private/secret'))).toBe('ENOENT');
    expect(await code(uriel.mkdir('new'))).toBe('EROFS');
  });

  test('who may read a part reads that part', async () => {
    await using rob = await again(ROB);
    expect(await rob.readText('pub/dir/inner')).toBe('content of pub/dir/inner');
    expect(await code(rob.writeFile('pub/dir/inner', 'x'))).toBe('EROFS');
    expect(await code(rob.readText('pub/file'))).toBe('ENOENT');
    const names: string[] = [];
    for await (const { name } of rob.list({ path: 'pub' })) names.push(name);
    expect(names).toEqual(['dir']);
  });

  test('who serves the second sees what the first lets them', async () => {
    await using ken = await again(KEN);
    const names: string[] = [];
    for await (const { name } of ken.list({ path: '' })) names.push(name);
    expect(names).toEqual(['pub']);
    expect(await code(ken.writeFile('pub/old/file', 'x'))).toBe('EROFS');
  });

  test('a walk of many names is one message to the first', async () => {
    serveNow(restrict(await tree(), RULES));
    const stream = await connect(listener.address, {
      identity: keys.get('ken')!,
      knownServer: () => identity.publicKey,
    });
    const tap = new Tap(stream, dialect);
    const far = await attach(tap.stream, { user: KEN, dialects: [dialect] });
    const deep = restrict(far, [...AGAIN, { user: 'rob', access: 'ro', path: '/pub/dir/inner' }]);
    for (const user of [ROB, URIEL, SERVING]) {
      tap.reset();
      const { chan } = await Chan.attach(deep, { borrowed: true }).walk(
        ['pub', 'dir', 'inner'],
        requestOf(user),
      );
      expect(chan?.path).toBe('/pub/dir/inner');
      expect(tap.types).toEqual(['Twalk']);
    }
    tap.reset();
    const hidden = await Chan.attach(deep, { borrowed: true }).walk(['private', 'x'], requestOf(ROB));
    expect(hidden).toMatchObject({ files: [], error: { code: 'ENOENT' } });
    const partly = await Chan.attach(deep, { borrowed: true }).walk(['pub', 'old', 'x'], requestOf(ROB));
    expect(partly).toMatchObject({ files: [{ tree: far.tree }], error: { code: 'ENOENT' } });
    expect(tap.types.filter((type) => type === 'Twalk')).toHaveLength(1);
    far.release();
    await server.close();
  });
});

/** RemoteFiles against a server that a test scripts: what is late, what is odd, what is old. */
import { describe, expect, test } from '@jest/globals';
import { Fid, attach, type AttachOptions, type RemoteFile } from '../../src/client/index.ts';
import { READ, type Request } from '../../src/file/index.ts';
import { Cursor, writeDirent } from '../../src/protocol/index.ts';
import {
  DIR_QID,
  QID,
  FakeServer,
  failureOf,
  settled,
  welcoming,
  type Reply,
  type Script,
} from './fake-server.ts';

const anyone = { name: 'me' };
const request = (signal = new AbortController().signal): Request => ({ user: anyone, aname: '', signal });

async function attached(script: Script, options: AttachOptions = {}) {
  const server = welcoming(script);
  const file: RemoteFile = await attach(server.stream, options);
  return { server, file };
}

/** Answers what a test does not look at. */
const plain: Script = (message) => {
  switch (message.type) {
    case 'Twalk':
      return { type: 'Rwalk', wqid: message.wname.map(() => QID) };
    case 'Tlopen':
      return { type: 'Rlopen', qid: QID, iounit: 0 };
    case 'Tclunk':
      return { type: 'Rclunk' };
    case 'Tflush':
      return { type: 'Rflush' };
    default:
      return undefined;
  }
};

describe('a reply that comes too late', () => {
  /** Calls, gives up, and has the server do what was asked nevertheless, before it answers the flush. */
  async function tooLate(
    silent: string,
    reply: Reply | undefined,
    call: (file: RemoteFile, r: Request) => Promise<unknown>,
  ): Promise<FakeServer> {
    const { server, file } = await attached((message, server) => {
      if (message.type === silent) return undefined;
      if (message.type === 'Tflush' && reply) server.send({ ...reply, tag: message.oldtag });
      return plain(message, server);
    });
    const controller = new AbortController();
    const failure = failureOf(call(file, request(controller.signal)));
    await settled();
    controller.abort();
    expect((await failure).name).toBe('AbortError');
    await settled();
    return server;
  }

  const walk = (file: RemoteFile, r: Request) => file.walkAll(['a'], r);

  test('to a walk: its fid is clunked', async () => {
    const server = await tooLate('Twalk', { type: 'Rwalk', wqid: [QID] }, walk);
    expect(server.types).toEqual(['Twalk', 'Tflush', 'Tclunk']);
    expect(server.request('Tclunk').fid).toBe(server.request('Twalk').newfid);
  });

  test('to a walk that came nowhere: there is no fid', async () => {
    const server = await tooLate('Twalk', { type: 'Rlerror', ecode: 2 }, walk);
    expect(server.types).toEqual(['Twalk', 'Tflush']);
  });

  test('never: there is no fid either', async () => {
    const server = await tooLate('Twalk', undefined, walk);
    expect(server.types).toEqual(['Twalk', 'Tflush']);
  });

  test('to an open: it is closed', async () => {
    const server = await tooLate('Tlopen', { type: 'Rlopen', qid: QID, iounit: 0 }, async (file, r) => {
      const [found] = await walk(file, r);
      return found.open(READ, r);
    });
    expect(server.types).toEqual(['Twalk', 'Tlopen', 'Tflush', 'Tclunk']);
    expect(server.request('Tclunk').fid).toBe(server.request('Tlopen').fid);
  });

  test('to a create: it is closed', async () => {
    const server = await tooLate('Tlcreate', { type: 'Rlcreate', qid: QID, iounit: 0 }, (file, r) =>
      file.create('new', { mode: 0o644 }, READ, r),
    );
    expect(server.types).toEqual(['Twalk', 'Tlcreate', 'Tflush', 'Tclunk']);
    expect(server.request('Tclunk').fid).toBe(server.request('Tlcreate').fid);
  });
});

describe('an odd server', () => {
  test('cuts a walk short after the sixteenth name: the fid that it has made is clunked', async () => {
    let walks = 0;
    const { server, file } = await attached((message, server) => {
      if (message.type === 'Twalk' && ++walks === 2) return { type: 'Rwalk', wqid: [DIR_QID] };
      return plain(message, server);
    });
    const names = Array.from({ length: 20 }, (_, i) => `n${i}`);
    expect(await file.walkAll(names, request())).toHaveLength(17);
    await settled();
    expect(server.types).toEqual(['Twalk', 'Twalk', 'Tclunk']);
    expect(server.request('Twalk', 1)).toMatchObject({ fid: 1, newfid: 1 });
    expect(server.request('Tclunk').fid).toBe(1);
  });

  test('answers a walk with no qids, and has found nothing', async () => {
    const { file } = await attached(() => ({ type: 'Rwalk', wqid: [] }));
    expect(await file.walk('a', request())).toBeUndefined();
  });

  test('refuses a clunk: the fid is gone all the same', async () => {
    const { server, file } = await attached((message, server) =>
      message.type === 'Tclunk' ? { type: 'Rlerror', ecode: 5 } : plain(message, server),
    );
    const [found] = await file.walkAll(['a'], request());
    const open = await found.open(READ, request());
    expect(await failureOf(Promise.resolve(open.close?.('clunk', request())))).toMatchObject({ code: 'EIO' });
    await file.walkAll(['b'], request());
    expect(server.request('Twalk', 1).newfid).toBe(server.request('Twalk', 0).newfid);
  });

  test('names an iounit: no read or write is larger', async () => {
    const { server, file } = await attached((message, server) => {
      if (message.type === 'Tlopen') return { type: 'Rlopen', qid: QID, iounit: 100 };
      if (message.type === 'Tread') return { type: 'Rread', data: new Uint8Array(message.count) };
      if (message.type === 'Twrite') return { type: 'Rwrite', count: Math.min(message.data.length, 60) };
      return plain(message, server);
    });
    await using fid = await (await new Fid(file).walk('a')).open('r+');
    expect(await fid.read({ length: 1000 })).toHaveLength(100);
    expect(await fid.write(new Uint8Array(150), { offset: 7 })).toBe(150);
    expect(server.request('Tread').count).toBe(100);
    const writes = server.seen.filter((message) => message.type === 'Twrite');
    expect(writes.map(({ offset, data }) => [offset, data.length])).toEqual([
      [7, 100],
      [67, 90],
      [127, 30],
    ]);
  });

  test('writes nothing of what it is given', async () => {
    const { file } = await attached((message, server) =>
      message.type === 'Twrite' ? { type: 'Rwrite', count: 0 } : plain(message, server),
    );
    await using fid = await (await new Fid(file).walk('a')).open('r+');
    expect(await failureOf(fid.write('x'))).toMatchObject({ code: 'EIO' });
  });

  test('makes another file of the one that is opened: a clone file', async () => {
    const ctl = { ...QID, path: 99n };
    const { file } = await attached((message, server) =>
      message.type === 'Tlopen' ? { type: 'Rlopen', qid: ctl, iounit: 0 } : plain(message, server),
    );
    await using fid = await new Fid(file).walk('clone');
    expect(fid.qid).toEqual(QID);
    await fid.open('r+');
    expect(fid.qid).toEqual(ctl);
  });

  const listing = (...names: readonly string[]): Reply => {
    const to = new Cursor(new Uint8Array(1000));
    names.forEach((name, i) => writeDirent(to, { qid: QID, offset: BigInt(i + 1), type: 8, name }));
    return { type: 'Rreaddir', data: to.bytes.subarray(0, to.at) };
  };

  test.each<[string, Reply, string]>([
    ['lists the same for ever', listing('a', 'b'), 'the server lists the same again and again'],
    ['lists a path', listing('a', '../../etc/passwd'), 'the server lists a file called "../../etc/passwd"'],
    ['lists a file without a name', listing(''), 'the server lists a file called ""'],
    [
      'sends half an entry',
      { type: 'Rreaddir', data: new Uint8Array(20) },
      "the server's directory cannot be read: the message ends within a field",
    ],
  ])('%s', async (_, reply, message) => {
    const { file } = await attached((message, server) => {
      if (message.type === 'Treaddir') return reply;
      const answer = plain(message, server);
      return answer?.type === 'Rlopen' ? { ...answer, qid: DIR_QID } : answer;
    });
    const list = async () => {
      for await (const _ of new Fid(file).list());
    };
    expect(await failureOf(list())).toMatchObject({ code: 'EIO', message: `cannot list /: ${message}` });
  });
});

describe('an old server', () => {
  test.each([
    ['EOPNOTSUPP', 95],
    ['ENOSYS', 38],
    ['a number that no table has', 524],
  ])(
    'that answers Tunlinkat and Trenameat with %s is asked the old way, and the new one no more',
    async (_, ecode) => {
      const { server, file } = await attached((message, server) => {
        if (message.type === 'Tunlinkat' || message.type === 'Trenameat') return { type: 'Rlerror', ecode };
        if (message.type === 'Tremove') return { type: 'Rremove' };
        if (message.type === 'Trename') return { type: 'Rrename' };
        return plain(message, server);
      });
      for (let i = 0; i < 2; i++) await file.unlink('a', 'file', request());
      for (let i = 0; i < 2; i++) await file.rename('a', file, 'b', true, request());
      await settled();
      const remove = ['Twalk', 'Tremove'];
      const rename = ['Twalk', 'Trename', 'Tclunk'];
      expect(server.types.join()).toEqual(
        ['Tunlinkat', ...remove, ...remove, 'Trenameat', ...rename, ...rename].join(),
      );
    },
  );

  test('a refusal that is meant is not taken for ignorance', async () => {
    const { server, file } = await attached((message, server) =>
      message.type === 'Tunlinkat' ? { type: 'Rlerror', ecode: 13 } : plain(message, server),
    );
    expect(await failureOf(file.unlink('a', 'file', request()))).toMatchObject({ code: 'EACCES' });
    expect(server.types).toEqual(['Tunlinkat']);
  });
});

describe('attach', () => {
  test('says who asks for what', async () => {
    const server = welcoming(plain);
    const user = { name: 'glenda', uid: 7 };
    await attach(server.stream, { user, aname: '/tree' });
    expect(server.request('Tattach')).toMatchObject({
      afid: 0xffffffff,
      uname: 'glenda',
      n_uname: 7,
      aname: '/tree',
    });
  });

  test.each([
    ['9P2000', { type: 'Rerror', ename: 'authentication required' }],
    ['9P2000.L', { type: 'Rlerror', ecode: 1 }],
  ] as const)('to a %s server that wants authentication', async (dialect, refusal) => {
    const server = new FakeServer((message, server) =>
      message.type === 'Tversion' ? { type: 'Rversion', msize: 8192, version: server.dialect } : refusal,
    );
    server.dialect = dialect;
    const failure = await failureOf(attach(server.stream, { dialects: [dialect] }));
    expect(failure.message).toMatch(
      /^pipe: does not let nobody attach its tree: .*\(it may want authentication/,
    );
    await server.ended;
  });

  test('to a server that never answers', async () => {
    const server = new FakeServer((message, server) =>
      message.type === 'Tversion' ? { type: 'Rversion', msize: 8192, version: server.dialect } : undefined,
    );
    expect(await failureOf(attach(server.stream, { timeout: 20 }))).toMatchObject({ code: 'ETIMEDOUT' });
    await server.ended;
  });
});

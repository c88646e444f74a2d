/** A fid that nobody gave back, and nobody can any more. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { Fid, attach } from '../../src/client/index.ts';
import { READ } from '../../src/file/index.ts';
import { QID, settled, welcoming, type FakeServer } from './fake-server.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Collects garbage until there is some sign of it. */
async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 100 && !condition(); i++) {
    collectGarbage();
    await settled();
  }
}

function serving(): FakeServer {
  return welcoming((message) => {
    switch (message.type) {
      case 'Twalk':
        return { type: 'Rwalk', wqid: message.wname.map(() => QID) };
      case 'Tlopen':
        return { type: 'Rlopen', qid: QID, iounit: 0 };
      case 'Tclunk':
        return { type: 'Rclunk' };
      default:
        return undefined;
    }
  });
}

test('is clunked when its file is collected, and reported', async () => {
  const server = serving();
  const said: string[] = [];
  const file = await attach(server.stream, { debug: (message) => said.push(message) });
  const root = new Fid(file);
  // In a function of its own, whose variables are gone when it has returned.
  await (async () => {
    await root.walk('a/forgotten');
    await (await root.walk('a/open')).open(READ);
  })();
  await until(() => said.length === 2);
  expect(said.toSorted()).toEqual([
    'fid 1 of /a/forgotten was never given back: clunked now',
    'fid 2 of /a/open was never given back: clunked now',
  ]);
  await settled();
  const clunked = server.seen.filter((message) => message.type === 'Tclunk').map(({ fid }) => fid);
  expect(new Set(clunked)).toEqual(new Set([1, 2]));
  await file.tree.connection.close();
});

test('ends the connection if it is the root’s', async () => {
  const server = serving();
  await (async () => {
    await attach(server.stream);
  })();
  let ended = false;
  void server.ended.then(() => (ended = true));
  await until(() => ended);
  expect(server.types).toEqual(['Tclunk']);
});

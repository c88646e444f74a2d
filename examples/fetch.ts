/**
 * A client: lists a tree, and copies its files into a directory of this machine. Both are Files, used in the same way.
 *
 *     node dist/examples/fetch.js 'tcp://127.0.0.1:5640/docs' copies
 */
import { resolve } from 'node:path';
// Outside this checkout: from 'nines'.
import { Fid, dial } from '../src/index.ts';

const [url = 'tcp://127.0.0.1:5640', directory = '.'] = process.argv.slice(2);

async function fetch(from: Fid, to: Fid, path: string): Promise<void> {
  for await (const { name, type, attr } of from.list({ path, stat: true })) {
    const file = path === '' ? name : `${path}/${name}`;
    process.stdout.write(`${String(attr!.size).padStart(10)}  ${file}${type === 'dir' ? '/' : ''}\n`);
    if (type === 'dir') {
      await to.mkdirAll(file);
      await fetch(from, to, file);
    } else if (type === 'file') {
      await using source = await from.walk(file);
      await using copy = await to.create(file);
      await source.copy(copy);
    }
  }
}

await using tree = new Fid(await dial(url));
await using here = new Fid(await dial(`file:${resolve(directory)}`));
await fetch(tree, here, '');

/**
 * A directory of this machine, and a tree in memory beside it, as one tree; nobody can change the directory.
 *
 *     node dist/examples/share.js /srv/music 'tcp://127.0.0.1:5640'
 */
// Outside this checkout: from 'nines', and hostDirectory from 'nines/resources'.
import { MCREATE, dir, newNamespace, ram, serve } from '../src/index.ts';
import { hostDirectory } from '../src/resources/index.ts';

const [path = '.', url = 'tcp://127.0.0.1:5640'] = process.argv.slice(2);

const world = newNamespace({ root: dir({}) });
await world.mount(hostDirectory(path, { readOnly: true }), '/share');
await world.mount(ram({ size: 64 << 20 }), '/inbox', MCREATE);

const serving = await serve(url, world.file());
process.stdout.write(`serving ${serving.address}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void serving.close());

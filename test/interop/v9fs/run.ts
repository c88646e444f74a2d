/**
 * The battery by hand, on one mount of one server:
 *
 *   node dist/test/interop/v9fs/run.js PEER [DIALECT [CACHE [TEST]]]
 *
 * PEER is `tcp://127.0.0.1:PORT` (any server that is running), `ram` or `file` (our own, started for this), `diod` or
 * `qemu`. DIALECT is 9p2000.L (default), 9p2000.u or 9p2000, CACHE none (default) or loose, TEST the name of one test.
 */
import { compileBattery } from './battery.ts';
import { bootGuest, type Cache, type Dialect } from './guest.ts';
import { findKernel } from './kernel.ts';
import { mountsOf, peerNamed, wayToMount } from './peers.ts';
import { temporaryDirectory } from '../programs.ts';

const TIME = 600_000;
const [name = 'ram', dialect = '9p2000.L', cache = 'none', ...words] = process.argv.slice(2);
const test = words.join(' ');

await using directory = await temporaryDirectory();
const kernel = findKernel();
if (kernel === undefined) throw new Error('no kernel in /boot has the module 9p');
await using tree = await peerNamed(name).start();
const mounts = mountsOf(tree, [wayToMount(name, dialect as Dialect, cache as Cache)]);
const report = await bootGuest({
  kernel,
  battery: await compileBattery(directory.path),
  mounts: mounts.map((mount) => (test === '' ? mount : { ...mount, test })),
  devices: tree.devices,
  directory: directory.path,
  timeout: TIME,
  progress: (line) => process.stdout.write(`${line}\n`),
});
process.stdout.write(`\n${report.ended ? report.complaints.join('\n') : report.console}\n`);

/**
 * A file server reads like `ls -l`. Run it, then `ns tree` and `ns cat` the address that it prints.
 *
 *     node dist/examples/hello.js 'unix:///tmp/hello/s.sock'
 */
// Outside this checkout: from 'nines'.
import { bytes, ctl, dir, lookup, serve, stream, text } from '../src/index.ts';

let level = 'info';
const planets = new Map(['mercury', 'venus', 'earth', 'mars'].map((name, i) => [name, text(`${i + 1}\n`)]));

async function* countdown(): AsyncGenerator<string> {
  for (let left = 3; left > 0; left--) yield `${left}\n`;
}

const root = dir({
  hello: text('hello, world\n'),
  whoami: text((r) => `${r.user.name}\n`), // made once, at open
  countdown: stream(countdown), // reads wait for what comes next
  ctl: ctl({ level: { usage: 'NAME', run: ([name]) => void (level = name) } }, () => `level ${level}\n`),
  disk: bytes(new Uint8Array(1 << 20), { writable: true }),
  planets: lookup(
    (name) => planets.get(name),
    () => planets,
  ),
});

const { address } = await serve(process.argv[2] ?? 'unix:///tmp/hello/s.sock', root);
process.stdout.write(`serving ${address}\n`);

/** ns trace: stands between a client and a server, and shows what they say. */
import { Command } from 'commander';
import { credentialsOf } from '../../serve.ts';
import { connect, listen } from '../../transport/index.ts';
import type { Stream } from '../../transport/stream.ts';
import { describe } from '../failure.ts';
import { tlsConnectOptions } from '../keys.ts';
import { stopSignal } from '../signals.ts';
import { parseAddress } from '../../namespaces/index.ts';
import { Capture } from './pcap.ts';
import { Relay, type Way } from './relay.ts';

interface Options {
  readonly listen: string;
  readonly write?: string;
  readonly quiet?: true;
}

export function traceCommand(): Command {
  return new Command('trace')
    .description('pass 9P on between clients and a server, and print every message')
    .argument('<URL>', 'the server')
    .option('-l, --listen <URL>', 'where clients connect', 'tcp://127.0.0.1:0')
    .option('-w, --write <FILE>', 'also write a packet capture that Wireshark reads')
    .option('-q, --quiet', 'print nothing')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

const EXAMPLES = `
Each line: seconds since the start, the connection's number, the message; a reply also has its latency.

Examples:
  ns trace 'tcp://127.0.0.1:5640'
  ns trace -l 'unix:///tmp/t.sock' -w talk.pcap 'tcp://127.0.0.1:5640'`;

async function run(url: string, options: Options): Promise<void> {
  const address = parseAddress(url);
  const connectOptions = address.scheme === 'tls' ? await tlsConnectOptions() : {};
  const capture = options.write === undefined ? undefined : new Capture(options.write);
  let number = 0;
  const accept = (client: Stream): void => {
    const id = ++number;
    const show = printer(id, options.quiet === true);
    const record = capture?.connection(id);
    connect(address, connectOptions).then(
      (server) => new Relay(client, server, { message: show, bytes: record ?? (() => {}) }),
      (error: unknown) => {
        process.stderr.write(`ns: ${describe(error)}\n`);
        client.abort(error instanceof Error ? error : new Error(String(error)));
      },
    );
  };
  const listener = await listen(options.listen, accept, { credentials: credentialsOf });
  process.stderr.write(`listening at ${listener.address} for ${url}\n`);
  await stopSignal();
  await listener.close();
  capture?.close();
}

function printer(id: number, quiet: boolean): (way: Way, text: string, latency: number | undefined) => void {
  if (quiet) return () => {};
  return (way, text, latency) => {
    const time = (performance.now() / 1000).toFixed(6);
    const took = latency === undefined ? '' : `  (${latency.toFixed(3)} ms)`;
    process.stdout.write(`${time} ${id} ${way === 'T' ? '->' : '<-'} ${text}${took}\n`);
  };
}

/** ns trace: stands between a client and a server, and shows what they say. */
import type { Command } from 'commander';
import { credentialsOfHost } from '../../serve.ts';
import { connect, listen } from '../../transport/index.ts';
import type { Stream } from '../../transport/stream.ts';
import { readAddress } from '../address.ts';
import { tlsAskingOptions } from '../keys.ts';
import { complain, put, tell } from '../output.ts';
import { stopSignal } from '../signals.ts';
import { Capture } from './pcap.ts';
import { Relay, type Watcher } from './relay.ts';

interface Options {
  readonly listen: string;
  readonly write?: string;
  readonly quiet?: boolean;
}

export function define(command: Command): void {
  command
    .argument('<URL>', 'the server')
    .option('-l, --listen <URL>', 'where clients connect', 'tcp://127.0.0.1:0')
    .option('-w, --write <FILE>', 'also write a packet capture that Wireshark reads')
    .option('-q, --quiet', 'print nothing')
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = `
Passes 9P on between clients and a server. Each line: seconds since the start, the connection's number, the message; a reply
also has its latency.

Examples:
  ns trace 'tcp://127.0.0.1:5640'
  ns trace -l 'unix:///tmp/t.sock' -w talk.pcap 'tcp://127.0.0.1:5640'`;

async function run(url: string, options: Options): Promise<void> {
  const [server, here] = [readAddress(url), readAddress(options.listen)];
  const connectOptions = server.scheme === 'tls' ? await tlsAskingOptions() : {};
  const capture = options.write === undefined ? undefined : new Capture(options.write);
  let fail!: (error: unknown) => void;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  const relays = new Set<Relay>();
  let number = 0;
  const accept = (client: Stream): void => {
    const id = ++number;
    const message = options.quiet ? () => {} : printer(id, fail);
    const bytes = capture ? recorder(capture.connection(id), fail) : () => {};
    connect(server, connectOptions).then(
      (stream) => {
        const relay = new Relay(client, stream, { message, bytes, ended: () => relays.delete(relay) });
        relays.add(relay);
      },
      (error: unknown) => {
        complain(error);
        client.abort(error instanceof Error ? error : new Error(String(error)));
      },
    );
  };
  try {
    await using listener = await listen(here, accept, { credentials: credentialsOfHost() });
    tell(`listening at ${listener.address} for ${url}`);
    await Promise.race([stopSignal(), failed]);
  } finally {
    for (const relay of relays) relay.close();
    capture?.close();
  }
}

/** Keeps what passes; `fail` is told if there is no room for it any more. */
function recorder(record: Watcher['bytes'], fail: (error: unknown) => void): Watcher['bytes'] {
  return (way, bytes) => {
    try {
      record(way, bytes);
    } catch (error) {
      fail(error);
    }
  };
}

/** Prints each message; `fail` is told if that does not work any more. */
function printer(id: number, fail: (error: unknown) => void): Watcher['message'] {
  return (way, text, latency) => {
    const time = (performance.now() / 1000).toFixed(6);
    const took = latency === undefined ? '' : `  (${latency.toFixed(3)} ms)`;
    put(`${time} ${id} ${way === 'T' ? '->' : '<-'} ${text}${took}\n`).catch(fail);
  };
}

/**
 * Linux's own 9P client: a guest mounts our trees in every dialect and cache mode and runs a battery of POSIX checks.
 *
 * `NINES_PEER=diod` (or `qemu`, or `tcp://127.0.0.1:PORT`) runs it against that server instead: what fails there too
 * may be the client's. One mount by hand: v9fs/run.ts.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { missingPrograms, temporaryDirectory, type TemporaryDirectory } from './programs.ts';
import { compileBattery, runOnHost, type Outcome } from './v9fs/battery.ts';
import { bootGuest, type GuestReport } from './v9fs/guest.ts';
import { findKernel, type Kernel } from './v9fs/kernel.ts';
import { mountsOf, peerNamed, waysToMount, type Peer } from './v9fs/peers.ts';

/** Milliseconds: for compiling and trying the battery, and for all guests together. */
const BATTERY_TIME = 240_000;
const GUEST_TIME = 900_000;

/** How many lines of a guest's console stand in the message of a test. */
const CONSOLE_TAIL = 60;

const chosen = process.env['NINES_PEER'];
const peers = (chosen === undefined ? ['ram', 'file'] : [chosen]).map(peerNamed);
const kernel = findKernel();
const lacking =
  missingPrograms('qemu-system-x86_64', 'busybox', 'gcc', ...(chosen === 'diod' ? ['diod'] : [])) ??
  (kernel === undefined ? 'needs a kernel with the module 9p (linux-image-amd64)' : undefined);
if (lacking !== undefined) process.stderr.write(`v9fs: skipped, ${lacking}\n`);

(lacking === undefined ? describe : describe.skip)('v9fs', () => {
  let directory: TemporaryDirectory;
  let battery: string;
  let onHost: readonly Outcome[];

  beforeAll(async () => {
    directory = await temporaryDirectory();
    battery = await compileBattery(directory.path);
    onHost = await runOnHost(battery, join(directory.path, 'host'));
  }, BATTERY_TIME);
  afterAll(async () => directory?.[Symbol.asyncDispose]());

  test('the battery passes on a file system of this machine', () => {
    expect(failuresOf(onHost).filter((failure) => !failure.startsWith('xattr'))).toEqual([]);
  });

  describe('guests', () => {
    /** Each peer's trees have a guest of their own; the guests run at the same time. */
    let reports: ReadonlyMap<string, PromiseSettledResult<Report>>;

    beforeAll(async () => {
      const results = await Promise.allSettled(
        peers.map((peer) => boot(peer, kernel!, battery, directory.path)),
      );
      reports = new Map(results.map((result, index) => [peers[index].name, result]));
    }, GUEST_TIME + 20_000);

    describe.each(peers)('$name', (peer) => {
      const reportOfPeer = (): Report => {
        const result = reports.get(peer.name);
        if (result?.status !== 'fulfilled')
          throw new Error('the guest was not started', { cause: result?.reason });
        return result.value;
      };

      test.each(waysToMount(peer))('$dialect, cache=$cache', ({ label }) => {
        const { mounts, console, server } = reportOfPeer();
        const { outcomes, broken, complete } = mounts.get(label)!;
        const failures = failuresOf(outcomes).filter((failure) => !isLackOfHost(peer, failure));
        const wrong = [...failures, ...broken];
        if (!complete) throw new Error(['not all was run:', ...wrong, tail(console), server].join('\n'));
        expect(wrong).toEqual([]);
        expect(outcomes.some(({ verdict }) => verdict === 'passed')).toBe(true);
      });

      test('the kernel complains of nothing', () => {
        const { complaints, ended, console } = reportOfPeer();
        expect(complaints).toEqual([]);
        if (!ended) throw new Error(`the guest did not end in time:\n${tail(console)}`);
      });
    });
  });

  /** Extended attributes of a tree on this machine's file system are as good as that has them. */
  function isLackOfHost(peer: Peer, failure: string): boolean {
    const name = failure.split(':')[0];
    return peer.onHost && onHost.some(({ test: lack, verdict }) => verdict === 'failed' && lack === name);
  }
});

/** What the guest reports, and what the server printed meanwhile. */
type Report = GuestReport & { readonly server: string };

async function boot(peer: Peer, linux: Kernel, battery: string, parent: string): Promise<Report> {
  const directory = join(parent, peer.name.replaceAll('/', '-'));
  await mkdir(directory);
  await using tree = await peer.start();
  const report = await bootGuest({
    kernel: linux,
    battery,
    mounts: mountsOf(tree, waysToMount(peer)),
    devices: tree.devices,
    directory,
    timeout: GUEST_TIME,
  });
  return { ...report, server: tree.printed() };
}

function failuresOf(outcomes: readonly Outcome[]): readonly string[] {
  return outcomes.flatMap((outcome) =>
    outcome.verdict === 'failed' ? [`${outcome.test}: ${outcome.reason}`] : [],
  );
}

function tail(text: string): string {
  return text.split('\n').slice(-CONSOLE_TAIL).join('\n');
}

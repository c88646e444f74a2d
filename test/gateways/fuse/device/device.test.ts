/** The device against the kernel: a real mount, served by a process of its own. */
import { describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { lack, Mounted } from './mounted.ts';

const SIGINT_AND_WAIT = 124;
const HELLO = 'hello, kernel\n';

/** In Perl: reads a file once, makes `first`, waits until there is `go`, and reads again what is still open. */
const READ_TWICE = `
  sub show { sysseek $f, 0, 0; sysread $f, my $bytes, 100; print $bytes }
  open $f, "<", "hello"; show;
  open my $first, ">", "first";
  until (-e "go") { select undef, undef, undef, 0.02 }
  show`;

const missing = lack();
if (missing !== undefined) process.stderr.write(`the device of FUSE: skipped, ${missing}\n`);
const describeHere = missing === undefined ? describe : describe.skip;

describeHere('by default', () => {
  test('the event loop reads', async () => {
    await using mounted = await Mounted.start('');
    expect(mounted.reader).toBe('poll');
  });
});

describeHere.each(['poll', 'thread'] as const)('the reader %s', (reader) => {
  test('answers what programs ask', async () => {
    await using mounted = await Mounted.start(reader);
    expect(mounted.reader).toBe(reader);
    expect(await mounted.print('cat hello')).toBe(HELLO);
    expect(await mounted.print('ls')).toBe('hello\npage\nwait\n');
    expect(await mounted.print("stat -c '%s %a %i %.9Y' hello")).toBe('14 644 2 1700000000.123456789\n');
    expect(await mounted.print("stat -f -c '%s %b %f %a %l' .")).toBe('4096 1000 600 500 255\n');
    expect(await mounted.sh('cat absent')).toMatchObject({ code: 1 });
  });

  test('takes writes of a MiB, and gives reads of one', async () => {
    await using mounted = await Mounted.start(reader);
    await mounted.print(
      'head -c 8M /dev/urandom >/tmp/$$; dd if=/tmp/$$ of=data bs=1M oflag=direct 2>&1; rm /tmp/$$',
    );
    expect((await mounted.counts())['write']).toBe(8);
    await mounted.print('dd if=data of=data2 bs=1M iflag=direct oflag=direct 2>&1');
    expect((await mounted.counts())['read']).toBe(8);
    await mounted.print('cmp data data2');
  });

  test('sends data from where it is', async () => {
    await using mounted = await Mounted.start(reader);
    expect(await mounted.print('seq 300000 >parts; seq 300000 | cmp - parts; wc -c <parts')).toBe(
      '1988895\n',
    );
  });

  test('keeps the bytes of a message until its handler is done with them', async () => {
    await using mounted = await Mounted.start(reader);
    const copy = 'yes $i | head -c 6M | dd of=slow$i bs=1M iflag=fullblock oflag=direct 2>/dev/null &';
    await mounted.print(`for i in 1 2 3 4 5 6; do ${copy} done; wait`);
    const compare = 'yes $i | head -c 6M | cmp - slow$i || exit 1';
    await mounted.print(`for i in 1 2 3 4 5 6; do ${compare}; done`);
  });

  test('a read that waits holds up nobody, and ends when it is interrupted', async () => {
    await using mounted = await Mounted.start(reader);
    const reading = mounted.sh('timeout -s INT 1 cat wait');
    await mounted.says(/^waiting/);
    expect(await mounted.print('cat hello')).toBe(HELLO);
    expect(await reading).toMatchObject({ code: SIGINT_AND_WAIT, stdout: '' });
    expect(await mounted.print('cat hello')).toBe(HELLO);
  });

  test('a reply may come long after its request', async () => {
    await using mounted = await Mounted.start(reader);
    const reading = mounted.sh('head -c 4 wait');
    await mounted.says(/^waiting/);
    mounted.tell('news text');
    expect(await reading).toMatchObject({ code: 0, stdout: 'text' });
  });

  test('an interrupted program is no error of the replies to it', async () => {
    await using mounted = await Mounted.start(reader);
    const reading = mounted.sh('timeout -s KILL 0.2 cat wait');
    await mounted.says(/^waiting/);
    await reading;
    mounted.tell('news late');
    expect(await mounted.print('cat hello')).toBe(HELLO);
  });
});

describeHere.each(['poll', 'thread'] as const)('notifications beside the reader %s', (reader) => {
  test('make the kernel forget attributes', async () => {
    await using mounted = await Mounted.start(reader);
    const size = () => mounted.print('stat -c %s hello');
    mounted.tell('valid 3600');
    expect(await size()).toBe('14\n');
    mounted.tell('set longer than it was');
    expect(await size()).toBe('14\n');
    mounted.tell('attributes');
    await mounted.says(/^told/);
    expect(await size()).toBe('18\n');
  });

  test('make the kernel forget names', async () => {
    await using mounted = await Mounted.start(reader);
    mounted.tell('valid 3600');
    await mounted.print('cat hello');
    await mounted.counts();
    await mounted.print('cat hello');
    expect((await mounted.counts())['lookup']).toBeUndefined();
    mounted.tell('entry');
    await mounted.says(/^told/);
    await mounted.print('cat hello');
    expect((await mounted.counts())['lookup']).toBe(1);
  });

  test('make the kernel forget content', async () => {
    await using mounted = await Mounted.start(reader);
    mounted.tell('valid 3600');
    const reading = mounted.sh(`perl -e '${READ_TWICE}'`);
    await mounted.says(/^created first/);
    mounted.tell('set HELLO, KERNEL!');
    mounted.tell('content');
    await mounted.says(/^told/);
    await mounted.print('touch go');
    expect((await reading).stdout).toBe(`${HELLO}HELLO, KERNEL!`);
  });

  test('wait for a reply without keeping it from being sent', async () => {
    await using mounted = await Mounted.start(reader);
    const reading = mounted.sh('cat page');
    await mounted.says(/^waiting/);
    mounted.tell('stuck');
    expect(await mounted.print('cat hello')).toBe(HELLO);
    mounted.tell('news page');
    await mounted.says(/^told/);
    expect((await reading).code).toBe(0);
  });

  test('wake who polls, also while another one waits', async () => {
    await using mounted = await Mounted.start(reader);
    const perl =
      'open my $f, "<", "wait"; my $r = ""; vec($r, fileno $f, 1) = 1; print scalar select($r, undef, undef, 5)';
    const polling = mounted.sh(`perl -e '${perl}'`);
    await mounted.says(/^polled/);
    const reading = mounted.sh('cat page');
    await mounted.says(/^waiting/);
    mounted.tell('stuck');
    mounted.tell('wake');
    expect(await polling).toMatchObject({ code: 0, stdout: '1' });
    mounted.tell('news page');
    await reading;
  });
});

describeHere.each(['poll', 'thread'] as const)('the end with the reader %s', (reader) => {
  test('unmounting is told, and ends the process', async () => {
    await using mounted = await Mounted.start(reader);
    await mounted.print('cat hello');
    await mounted.unmount();
    expect(await mounted.says(/^closed/)).toBe('closed well');
    expect(await mounted.ended()).toMatchObject({ code: 0 });
  });

  test('a connection that is aborted is told, and ends the process', async () => {
    await using mounted = await Mounted.start(reader);
    const reading = mounted.sh('cat wait');
    await mounted.says(/^waiting/);
    await mounted.unmount('-f', '-l');
    expect(await mounted.says(/^closed/)).toBe('closed well');
    expect((await reading).code).not.toBe(0);
    expect(await mounted.ended()).toMatchObject({ code: 0 });
  });

  test('closing the device ends the process, and the mount is dead', async () => {
    await using mounted = await Mounted.start(reader);
    mounted.tell('close');
    expect(await mounted.says(/^closed/)).toBe('closed well');
    await mounted.ended();
    expect(await mounted.lament()).toMatch(/not connected/);
  });

  test('kill -9 leaves a dead mount, which umount clears', async () => {
    await using mounted = await Mounted.start(reader);
    const reading = mounted.sh('cat wait');
    await mounted.says(/^waiting/);
    mounted.kill();
    await mounted.ended();
    expect((await reading).code).not.toBe(0);
    expect(mounted.isMounted).toBe(true);
    expect(await mounted.lament()).toMatch(/not connected/);
    await mounted.unmount('-l');
    expect(mounted.isMounted).toBe(false);
  });

  test.each([0, 20, 100])('process.exit ends a process whose mount is in use, after %d ms', async (after) => {
    await using mounted = await Mounted.start(reader);
    const reading = mounted.sh('cat wait');
    await mounted.says(/^waiting/);
    await delay(after);
    mounted.tell('exit 7');
    const { code, signal } = await mounted.ended();
    // A thread that waits for the kernel lets no process end but by force.
    expect(reader === 'poll' ? code : signal).toBe(reader === 'poll' ? 7 : 'SIGKILL');
    expect((await reading).code).not.toBe(0);
  });

  test('process.exit after the end keeps its code', async () => {
    await using mounted = await Mounted.start(reader);
    mounted.tell('exit-when-closed 7');
    await mounted.unmount();
    expect(await mounted.ended()).toMatchObject({ code: 7 });
  });
});

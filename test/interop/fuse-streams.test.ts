/** Files that programs make: text of unknown length, ctl files, streams that wait. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Held, lackForMounts, mountFuse, type Mount } from './fuse/mounts.ts';
import { startSynthetic } from './fuse/servers.ts';
import { ok, sh } from './fuse/shell.ts';
import { missingPrograms } from './programs.ts';

const lacking = lackForMounts() ?? missingPrograms('python3');
if (lacking !== undefined) process.stderr.write(`streams on mounts: skipped, ${lacking}\n`);

(lacking === undefined ? describe : describe.skip)('synthetic files on a mount', () => {
  const held = new Held();
  let mount: Mount;

  beforeAll(async () => {
    const server = held.add(await startSynthetic());
    mount = held.add(await mountFuse(server.url));
  });
  afterAll(() => held[Symbol.asyncDispose]());

  const there = (script: string, seconds = 15) => ok(script, { cwd: mount.path, seconds });
  const python = (script: string) => there(`python3 - <<'END'\n${script}\nEND`);

  test('text of unknown length is read to its end', async () => {
    expect(await there('cat hello; head -c 5 hello; wc -c <hello')).toBe('hello, world\nhello13\n');
    expect(
      await there('cat long | wc -l; tail -n 1 long; dd if=long bs=1000 skip=3 count=1 2>/dev/null | wc -c'),
    ).toBe('400000\nline 399999\n1000\n');
    expect(
      await there('cp long /dev/null; grep -c . long; sort hello; cmp long long; cat hello hello'),
    ).toMatch(/^400000\n/);
  });

  test('a ctl file: what it takes, what it refuses, what it says', async () => {
    for (const n of [7, 8]) {
      expect(await there(`echo level ${n} >ctl; cat count ctl`)).toBe(`${n}\nlevel ${n}\n`);
    }
    const { code } = await sh('echo nonsense >ctl', { cwd: mount.path });
    expect(code).not.toBe(0);
    expect(await there('printf "level 3\\nlevel 4\\n" >>ctl; cat count')).toBe('4\n');
  });

  test('a stream that ends, ends cat; one that does not is followed', async () => {
    expect(await there('cat few')).toBe('one\ntwo\n');
    expect(await there('head -n 3 ticks 2>/dev/null || true')).toBe('tick 0\ntick 1\ntick 2\n');
    expect(await there('timeout -s INT 1 cat ticks | head -n 2')).toBe('tick 0\ntick 1\n');
  });

  test.each(['INT', 'TERM', 'KILL'])('a cat that waits dies of SIG%s, at once', async (signal) => {
    const { output, took } = await sh(`timeout -s ${signal} -k 5 0.3 cat silence; echo ended`, {
      cwd: mount.path,
    });
    expect(output).not.toMatch(/ended/);
    expect(took).toBeLessThan(1500);
    expect(await there('cat hello')).toBe('hello, world\n');
  });

  test('twenty cats that wait hold up nobody', async () => {
    const script = `all=; for i in $(seq 20); do cat silence & all="$all $!"; done; sleep 0.3; cat hello; ls | wc -l; kill $all`;
    expect(await there(script)).toMatch(/^hello, world\n\d+\n/);
  });

  test('a read that waits and a write, on one open file', async () => {
    const output = await python(`
import os, threading, time
fd = os.open('echo', os.O_RDWR)
got = []
reader = threading.Thread(target=lambda: got.append(os.read(fd, 100)))
reader.start()
time.sleep(0.3)
assert os.write(fd, b'hello yourself') == 14
reader.join(5)
print(got[0].decode())
os.write(fd, b'again'); print(os.read(fd, 3).decode(), os.read(fd, 10).decode())
os.close(fd)`);
    expect(output).toBe('hello yourself\naga in\n');
  });

  test('poll, select and epoll wait for news', async () => {
    const output = await python(`
import os, select, threading, time
fd = os.open('echo', os.O_RDWR | os.O_NONBLOCK)
p = select.poll(); p.register(fd, select.POLLIN)
print(p.poll(100))
threading.Timer(0.3, lambda: os.write(fd, b'news')).start()
start = time.time()
print([event for _, event in p.poll(5000)], 0.2 < time.time() - start < 3)
print(os.read(fd, 100).decode())
print(select.select([fd], [], [], 0.1)[0])
e = select.epoll(); e.register(fd, select.EPOLLIN)
threading.Timer(0.2, lambda: os.write(fd, b'more')).start()
print(len(e.poll(5)), os.read(fd, 100).decode())
try:
    os.read(fd, 1); print('read something')
except BlockingIOError:
    print('nothing now')
ticks = os.open('ticks', os.O_RDONLY)
count = 0
while count < 3 and select.select([ticks], [], [], 5)[0]:
    os.read(ticks, 100); count += 1
print(count)`);
    expect(output).toBe(`[]\n[1] True\nnews\n[]\n1 more\nnothing now\n3\n`);
  });

  test('a file that never waits is always ready', async () => {
    expect(
      await python(`
import os, select
fd = os.open('hello', os.O_RDONLY)
print(len(select.select([fd], [], [], 0)[0]), os.read(fd, 100).decode().strip())`),
    ).toBe('1 hello, world\n');
  });
});

import { afterAll, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect, formatAddress, parseAddress } from '../../src/transport/index.ts';
import { failure, pattern, scratchDirectory, segments, send, Sink } from './tools.ts';

const scratch = scratchDirectory();
afterAll(() => scratch.remove());
const echoProgram = fileURLToPath(new URL('./echo-stdio.js', import.meta.url));
const quiet = { stderr: () => {} };

/** Whether a process is there. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<void> {
  while (lives(pid)) await delay(10);
}

/** A stream's first line, a process id. */
async function pidFrom(sink: Sink): Promise<number> {
  while (!sink.bytes.includes('\n')) await delay(5);
  return Number(sink.bytes.toString().split('\n')[0]);
}

describe('exec', () => {
  test.each([
    ['cat', 'cat'],
    ['a program over stdio()', `exec '${process.execPath}' '${echoProgram}'`],
    ['the same over pipes', `cat | '${process.execPath}' '${echoProgram}' | cat`],
  ])('carries random sizes through %s, and ends in good order', async (_name, command) => {
    await using stream = await connect({ ...parseAddress('exec:'), path: command });
    const sink = new Sink();
    stream.start(sink);
    const bytes = pattern(5_000_000);
    let sent = 0;
    const writes = segments(bytes);
    for (const write of writes) stream.write(write, () => sent++);
    await sink.has(bytes.length);
    expect(sink.bytes.equals(bytes)).toBe(true);
    await stream.close();
    expect(sent).toBe(writes.length);
    expect(sink.ends).toEqual([undefined]);
  });

  test('a file as standard input and output', async () => {
    const input = join(scratch.path, 'in');
    writeFileSync(input, 'from a file');
    const command = `'${process.execPath}' '${echoProgram}' <'${input}' >'${input}.out'`;
    await using stream = await connect({ ...parseAddress('exec:'), path: command });
    const sink = new Sink();
    stream.start(sink);
    expect(await sink.end).toBeUndefined();
    expect(readFileSync(`${input}.out`, 'utf8')).toBe('from a file');
  });

  test('closing ends the input, and the command ends by itself', async () => {
    const stream = await connect('exec:echo $$; cat >/dev/null; exit 3');
    const sink = new Sink();
    stream.start(sink);
    const pid = await pidFrom(sink);
    await stream.close();
    expect(lives(pid)).toBe(false);
    expect(sink.ends).toEqual([undefined]);
  });

  test('a command that does not end is ended, with what it started', async () => {
    const stream = await connect('exec:trap "" TERM; sleep 100 & echo $!; wait; sleep 100');
    const sink = new Sink();
    stream.start(sink);
    const pid = await pidFrom(sink);
    await stream.close();
    await gone(pid);
  });

  test('abort ends it at once', async () => {
    const stream = await connect('exec:echo $$; sleep 100');
    const sink = new Sink();
    stream.start(sink);
    const pid = await pidFrom(sink);
    const reason = new Error('enough');
    stream.abort(reason);
    expect(await sink.end).toBe(reason);
    await gone(pid);
    await stream.close();
    expect(sink.ends.length).toBe(1);
  });

  test.each([
    ['no-such-command-anywhere', 'ENOENT', /status 127: .*no-such-command-anywhere/],
    ['/dev/null', 'EACCES', /status 126: .*[Pp]ermission denied/],
    ['echo hello; echo one >&2; echo the last >&2; exit 7', 'EIO', /exited with status 7: the last$/],
    ['kill -9 $$', 'EIO', /was ended by SIGKILL$/],
  ])('%s fails, and the end says how', async (command, code, message) => {
    await using stream = await connect(`exec:${command}`, quiet);
    const sink = new Sink();
    let sent = 0;
    stream.write([pattern(1_000_000)], () => sent++);
    stream.start(sink);
    expect(await sink.end).toMatchObject({
      name: 'TransportError',
      code,
      message: expect.stringMatching(message),
    });
    await stream.close();
    expect(sent).toBe(1);
    expect(sink.ends.length).toBe(1);
  });

  test('what it prints on standard error goes to the function given', async () => {
    const printed: string[] = [];
    await using stream = await connect('exec:echo careful >&2', {
      stderr: (bytes) => printed.push(bytes.toString()),
    });
    const sink = new Sink();
    stream.start(sink);
    expect(await sink.end).toBeUndefined();
    expect(printed.join('')).toBe('careful\n');
  });

  test('one that read nothing of what it was sent has still ended in good order', async () => {
    await using stream = await connect('exec:exit 0');
    const sink = new Sink();
    stream.start(sink);
    stream.write([pattern(1_000_000)], () => {});
    expect(await sink.end).toBeUndefined();
  });
});

describe('ssh', () => {
  /** Stands for ssh: prints its arguments to a file, then runs the command with a shell here, with `ns` an echo. */
  const program = join(scratch.path, 'ssh');
  const log = join(scratch.path, 'arguments');
  writeFileSync(
    program,
    `#!/bin/sh
printf '%s\\n' "$@" >'${log}'
while [ "$1" != -- ]; do shift; done
shift 2
ns() { printf '%s\\n' "$@" >>'${log}'; cat; }
eval "$*"
`,
  );
  chmodSync(program, 0o755);
  const options = { ssh: program, interactive: false };

  test('runs ns on the other side', async () => {
    await using stream = await connect('ssh://glenda@host:2222/usr/glenda#/lib', options);
    expect(stream.peer).toEqual({ address: 'ssh://glenda@host:2222/usr/glenda', identity: 'stdio' });
    const sink = new Sink();
    stream.start(sink);
    await send(stream, pattern(1000));
    await sink.has(1000);
    const [words, remote] = readFileSync(log, 'utf8').split('ns serve');
    expect(words?.split('\n')).toEqual(
      expect.arrayContaining(['-T', '-oBatchMode=yes', '-p2222', '--', 'glenda@host']),
    );
    expect(remote).toBe(" --stdio -m 'file:/usr/glenda /'\nserve\n--stdio\n-m\nfile:/usr/glenda /\n");
  });

  test('asks nothing of the user only where nobody is there', async () => {
    await (await connect('ssh://host/', { ...options, interactive: true })).close();
    expect(readFileSync(log, 'utf8')).not.toContain('BatchMode');
  });

  test.each(['/a b', "/it's", '/$(touch x)`y`', '/a"b\\c', '/-rf', '/é%', '/a\nb', '/a#b?c', ''])(
    'the directory %j arrives as it is',
    async (path) => {
      const stream = await connect({ ...parseAddress('ssh://host/'), path }, options);
      await stream.close();
      const mount = readFileSync(log, 'utf8').split('\n-m\n')[1]?.trimEnd() ?? '';
      expect(mount).toMatch(/^file:[A-Za-z0-9/._%-]+ \/$/);
      expect(parseAddress(mount.slice(0, -2))).toEqual(
        parseAddress(formatAddress({ ...parseAddress('file:'), path: path || '/' })),
      );
    },
  );

  test.each(['ssh://-oProxyCommand=x/', 'ssh://-l@host/', 'ssh://a%20b@host/'])(
    '%s is refused',
    async (address) => {
      expect(await failure(connect(address, options))).toMatchObject({
        code: 'EINVAL',
        message: expect.stringContaining('cannot be the name'),
      });
    },
  );

  test('without the program', async () => {
    const error = await failure(connect('ssh://host/', { ssh: join(scratch.path, 'none') }));
    expect(error).toMatchObject({ code: 'ENOENT', message: expect.stringContaining('install OpenSSH') });
  });
});

/** FileHandle. */
import { expect } from '@jest/globals';
import type { Checks } from '../battery.ts';
import { fails, failure, refuses, wrong } from '../ground.ts';

export const handles: Checks = {
  'read from where the last one ended': async ({ fs, at }) => {
    const file = await fs.open(at('f'));
    const buffer = Buffer.alloc(3);
    expect(await file.read(buffer, 0, 3)).toEqual({ bytesRead: 3, buffer });
    expect(buffer.toString()).toBe('hel');
    expect((await file.read(buffer, 0, 3)).bytesRead).toBe(2);
    expect(buffer.toString()).toBe('lol');
    expect((await file.read(buffer)).bytesRead).toBe(0);
    await file.close();
  },
  'read at a position': async ({ fs, at }) => {
    const file = await fs.open(at('f'));
    const buffer = Buffer.alloc(8, '.');
    expect((await file.read(buffer, 1, 3, 2)).bytesRead).toBe(3);
    expect(buffer.toString()).toBe('.llo....');
    expect((await file.read(buffer, 0, 1, null)).bytesRead).toBe(1);
    expect(buffer.toString('utf8', 0, 1)).toBe('h');
    expect((await file.read(buffer, 0, 8, 99)).bytesRead).toBe(0);
    await file.close();
  },
  'read with options': async ({ fs, at }) => {
    const file = await fs.open(at('f'));
    const buffer = Buffer.alloc(4, '.');
    expect((await file.read({ buffer, offset: 1, length: 2, position: 1 })).bytesRead).toBe(2);
    expect(buffer.toString()).toBe('.el.');
    expect((await file.read(buffer, { offset: 2, position: 0 })).bytesRead).toBe(2);
    expect(buffer.toString()).toBe('.ehe');
    const { bytesRead, buffer: made } = await file.read();
    expect([bytesRead, made.length, made.toString('utf8', 0, 5)]).toEqual([5, 16384, 'hello']);
    await file.close();
  },
  'read into other views': async ({ fs, at }) => {
    const file = await fs.open(at('f'));
    const into = new Uint16Array(2);
    expect((await file.read(into, 0, 4, 0)).bytesRead).toBe(4);
    expect([...new Uint8Array(into.buffer)]).toEqual([0x68, 0x65, 0x6c, 0x6c]);
    await file.close();
  },
  'read of no length': async ({ fs, at }) => {
    const file = await fs.open(at('f'));
    expect((await file.read(Buffer.alloc(0))).bytesRead).toBe(0);
    expect((await file.read(Buffer.alloc(4), 0, 0)).bytesRead).toBe(0);
    await file.close();
  },
  'read with a wrong range': async ({ fs, at }) => {
    await using file = await fs.open(at('f'));
    const range = 'The value of "length" is out of range. It must be';
    await refuses(
      () => file.read(Buffer.alloc(4), 0, 9),
      'RangeError',
      'ERR_OUT_OF_RANGE',
      `${range} <= 4. Received 9`,
    );
    await refuses(
      () => file.read(Buffer.alloc(4), 3, 2),
      'RangeError',
      'ERR_OUT_OF_RANGE',
      `${range} <= 1. Received 2`,
    );
    const said = `The "options" argument must be of type object. Received type string ('x')`;
    await refuses(() => file.read(wrong('x')), 'TypeError', 'ERR_INVALID_ARG_TYPE', said);
  },
  'reads at the same time': async ({ fs, at }) => {
    await using file = await fs.open(at('f'));
    const reads = await Promise.all([0, 1, 2, 3, 4].map((i) => file.read(Buffer.alloc(1), 0, 1, i)));
    expect(reads.map(({ buffer }) => buffer.toString()).join('')).toBe('hello');
  },
  readv: async ({ fs, at }) => {
    await using file = await fs.open(at('f'));
    const buffers = [Buffer.alloc(2), Buffer.alloc(2), Buffer.alloc(4)];
    expect(await file.readv(buffers)).toEqual({ bytesRead: 5, buffers });
    expect(Buffer.concat(buffers).toString('utf8', 0, 5)).toBe('hello');
    expect((await file.readv([Buffer.alloc(9)], 3)).bytesRead).toBe(2);
    const said = `The "buffers" argument must be an ArrayBufferView[]. Received type string ('x')`;
    await refuses(() => file.readv(wrong('x')), 'TypeError', 'ERR_INVALID_ARG_TYPE', said);
  },
  'readFile from where the last read ended': async ({ fs, at }) => {
    await using file = await fs.open(at('f'));
    await file.read(Buffer.alloc(2));
    expect(await file.readFile('utf8')).toBe('llo');
    expect(await file.readFile({ encoding: 'utf8' })).toBe('');
    expect(Buffer.isBuffer(await file.readFile())).toBe(true);
  },
  'readFile of a handle': async ({ fs, at }) => {
    await using file = await fs.open(at('f'));
    expect(await fs.readFile(file, 'utf8')).toBe('hello');
  },
  readLines: async ({ fs, at }) => {
    await fs.writeFile(at('lines'), 'one\ntwo\r\n\nlast');
    const file = await fs.open(at('lines'));
    const lines: string[] = [];
    for await (const line of file.readLines()) lines.push(line);
    expect(lines).toEqual(['one', 'two', '', 'last']);
    await file.close();
  },
  readableWebStream: async ({ fs, at }) => {
    await using file = await fs.open(at('f'));
    const pieces: Buffer[] = [];
    const stream: AsyncIterable<ArrayBuffer | Uint8Array> = wrong(file.readableWebStream());
    for await (const piece of stream) pieces.push(Buffer.from(piece as Uint8Array));
    expect(Buffer.concat(pieces).toString()).toBe('hello');
  },

  'write one after the other': async ({ fs, at, text }) => {
    const file = await fs.open(at('new'), 'w');
    const buffer = Buffer.from('abcdef');
    expect(await file.write(buffer)).toEqual({ bytesWritten: 6, buffer });
    expect(await file.write(buffer, 4)).toEqual({ bytesWritten: 2, buffer });
    expect((await file.write(buffer, 1, 2)).bytesWritten).toBe(2);
    expect(await file.write('é')).toEqual({ bytesWritten: 2, buffer: 'é' });
    await file.close();
    expect(await text('new')).toBe('abcdefefbcé');
  },
  'write at a position': async ({ fs, at, text }) => {
    const file = await fs.open(at('f'), 'r+');
    expect((await file.write(Buffer.from('XY'), 0, 2, 1)).bytesWritten).toBe(2);
    expect((await file.write('Z', 7)).bytesWritten).toBe(1);
    expect((await file.write('J')).bytesWritten).toBe(1);
    await file.close();
    expect(await text('f')).toBe('JXYlo\0\0Z');
  },
  'write with options': async ({ fs, at, text }) => {
    const file = await fs.open(at('new'), 'w');
    await file.write(Buffer.from('abcd'), wrong({ offset: 1, length: 2 }));
    await file.write(Buffer.from('zz'), wrong({ offset: 1, position: 0 }));
    await file.close();
    expect(await text('new')).toBe('zc');
  },
  'write of text in an encoding': async ({ fs, at }) => {
    const file = await fs.open(at('new'), 'w');
    expect((await file.write('hé', null, 'latin1')).bytesWritten).toBe(2);
    expect((await file.write('ff00', 2, 'hex')).bytesWritten).toBe(2);
    await file.close();
    expect([...(await fs.readFile(at('new')))]).toEqual([0x68, 0xe9, 0xff, 0]);
  },
  'write of what is no data': async ({ fs, at }) => {
    await using file = await fs.open(at('new'), 'w');
    const type =
      'The "buffer" argument must be of type string or an instance of Buffer, TypedArray, or DataView.';
    await refuses(
      () => file.write(wrong(5)),
      'TypeError',
      'ERR_INVALID_ARG_TYPE',
      `${type} Received type number (5)`,
    );
    const range = (name: string) => `The value of "${name}" is out of range. It must be <= 3. Received 9`;
    const three = Buffer.alloc(3);
    await refuses(() => file.write(three, 9), 'RangeError', 'ERR_OUT_OF_RANGE', range('offset'));
    await refuses(() => file.write(three, 0, 9), 'RangeError', 'ERR_OUT_OF_RANGE', range('length'));
  },
  writev: async ({ fs, at, text }) => {
    await using file = await fs.open(at('new'), 'w');
    const buffers = [Buffer.from('ab'), Buffer.from('cd')];
    expect(await file.writev(buffers)).toEqual({ bytesWritten: 4, buffers });
    expect((await file.writev([Buffer.from('X'), Buffer.from('Y')], 1)).bytesWritten).toBe(2);
    await file.write('e');
    expect(await text('new')).toBe('aXYde');
  },
  'writeFile of a handle goes on': async ({ fs, at, text }) => {
    await using file = await fs.open(at('new'), 'w');
    await file.writeFile('one');
    await file.writeFile(Buffer.from(' two'));
    await file.appendFile(' three');
    await fs.writeFile(file, ' four');
    await fs.appendFile(file, ' five');
    expect(await text('new')).toBe('one two three four five');
  },
  append: async ({ fs, at, text }) => {
    const file = await fs.open(at('f'), 'a');
    await file.write('!');
    await file.write('?', 0);
    await file.close();
    expect(await text('f')).toBe('hello!?');
  },
  'append and read': async ({ fs, at }) => {
    await using file = await fs.open(at('f'), 'a+');
    expect((await file.read(Buffer.alloc(2))).bytesRead).toBe(2);
    await file.write('!');
    expect((await file.read(Buffer.alloc(2))).bytesRead).toBe(0);
    expect((await file.read(Buffer.alloc(9), 0, 9, 0)).bytesRead).toBe(6);
  },
  'write synchronously': async ({ fs, at, text }) => {
    await using file = await fs.open(at('f'), 'rs+');
    await file.write('J');
    await using more = await fs.open(at('f'), 'as');
    await more.write('!');
    expect(await text('f')).toBe('Jello!');
  },
  'w+ reads what was written': async ({ fs, at }) => {
    await using file = await fs.open(at('f'), 'w+');
    await file.write('new');
    expect((await file.read(Buffer.alloc(9), 0, 9, 0)).bytesRead).toBe(3);
  },

  'what a handle is not open for': async ({ fs, at }) => {
    await using reader = await fs.open(at('f'), 'r');
    await fails(() => reader.write('x'), 'EBADF', 'write');
    await fails(() => reader.writeFile('x'), 'EBADF', 'write');
    await fails(() => reader.truncate(1), 'EINVAL', 'ftruncate');
    await using writer = await fs.open(at('f'), 'w');
    await fails(() => writer.read(Buffer.alloc(3)), 'EBADF', 'read');
    await fails(() => writer.readFile(), 'EBADF', 'read');
  },
  'a directory’s handle': async ({ fs, at }) => {
    await using dir = await fs.open(at('d'));
    expect((await dir.stat()).isDirectory()).toBe(true);
    await fails(() => dir.read(), 'EISDIR', 'read');
    await fails(() => dir.readFile(), 'EISDIR', 'read');
  },
  'truncate of a handle': async ({ fs, at, text }) => {
    await using file = await fs.open(at('f'), 'r+');
    await file.truncate(3);
    expect(await text('f')).toBe('hel');
    await file.truncate(-5);
    expect(await text('f')).toBe('');
    await file.truncate();
  },
  'stat of a handle': async ({ fs, at }) => {
    await using file = await fs.open(at('l'), 'r+');
    const [mine, theirs] = [await file.stat(), await fs.stat(at('f'))];
    expect([mine.ino, mine.dev, mine.size]).toEqual([theirs.ino, theirs.dev, 5]);
    expect(typeof (await file.stat({ bigint: true })).mtimeNs).toBe('bigint');
    await file.write('longer than before');
    expect((await file.stat()).size).toBe(18);
  },
  'chmod, chown, utimes of a handle': async ({ fs, at }) => {
    await using file = await fs.open(at('f'), 'r+');
    await file.chmod(0o600);
    await file.utimes(10, new Date(20_500));
    const { uid, gid } = await file.stat();
    await file.chown(uid, gid);
    const { mode, atimeMs, mtimeMs } = await file.stat();
    expect([mode & 0o777, atimeMs, mtimeMs]).toEqual([0o600, 10_000, 20_500]);
  },
  sync: async ({ fs, at }) => {
    await using file = await fs.open(at('f'), 'r+');
    await file.write('x');
    expect([await file.sync(), await file.datasync()]).toEqual([undefined, undefined]);
  },
  'a file that is unlinked while it is open': async ({ fs, at }) => {
    await using file = await fs.open(at('f'), 'r+');
    await fs.unlink(at('f'));
    expect((await file.stat()).nlink).toBe(0);
    expect(await file.readFile('utf8')).toBe('hello');
    await file.write('still', 0);
    expect((await file.read(Buffer.alloc(9), 0, 9, 0)).buffer.toString('utf8', 0, 5)).toBe('still');
  },
  'a file that is renamed while it is open': async ({ fs, at, text }) => {
    await using file = await fs.open(at('f'), 'r+');
    await fs.rename(at('f'), at('g'));
    await file.write('J', 0);
    expect(await text('g')).toBe('Jello');
  },
  fd: async ({ fs, at }) => {
    const file = await fs.open(at('f'));
    const other = await fs.open(at('f'));
    expect([Number.isInteger(file.fd), file.fd > 2, file.fd === other.fd]).toEqual([true, true, false]);
    await file.close();
    await other.close();
    expect(file.fd).toBe(-1);
  },
  'what is closed': async ({ fs, at }) => {
    const file = await fs.open(at('f'), 'r+');
    await file.close();
    await file.close();
    for (const [syscall, call] of Object.entries({
      read: () => file.read(Buffer.alloc(4)),
      write: () => file.write('x'),
      fstat: () => file.stat(),
      fsync: () => file.sync(),
      ftruncate: () => file.truncate(),
      readFile: () => file.readFile(),
    })) {
      const error = await failure(call);
      expect({ ...(error as object), message: error.message }).toEqual({
        code: 'EBADF',
        syscall,
        message: 'file closed',
      });
    }
  },
  'close waits for what runs': async ({ fs, at, text }) => {
    const file = await fs.open(at('new'), 'w');
    const writes = ['a', 'b', 'c'].map((letter, i) => file.write(letter, i));
    await Promise.all([...writes, file.close()]);
    expect(await text('new')).toBe('abc');
  },
  'await using closes': async ({ fs, at }) => {
    let kept;
    {
      await using file = await fs.open(at('f'));
      kept = file;
    }
    expect(kept.fd).toBe(-1);
  },
};

/** What the manual of Plan 9 shows of namespaces, in our words: its device letters and posted files are addresses here. */
import { expect, test } from '@jest/globals';
import { formatCommand } from '../../../src/namespaces/script/command.ts';
import { parseScript } from '../../../src/namespaces/script/parse.ts';

/** The file as its commands, written anew. */
async function read(text: string, env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const commands = await parseScript(text, { file: '/lib/namespace', env, include: async () => '' });
  return commands.map(formatCommand);
}

test('bind(1): a library of another day', async () => {
  const text = `
mount srv:boot /n/dump dump
bind /n/dump/1992/0716/mips/lib/libc.a /mips/lib/libc.a
`;
  expect(await read(text)).toEqual(text.trim().split('\n'));
});

test('bind(1): the same with the file system of another time, and undone', async () => {
  expect(
    await read("mount 'srv:boot' /n/dump main/archive\nunmount srv:boot /n/dump\nunmount /n/dump"),
  ).toEqual(['mount srv:boot /n/dump main/archive', 'unmount srv:boot /n/dump', 'unmount /n/dump']);
});

test('namespace(6): a root, devices, services, unions of programs, the user’s own', async () => {
  const text = `# root
mount -aC srv:boot /root $rootspec
bind -a $rootdir /

\t# devices
mount -c 'ram:' /env
bind -c /root/srv /srv
mount -b srv:factotum /mnt   # who we are

# programs
bind /$cputype/bin /bin
bind -a /rc/bin /bin

# networks
mount -a net: /net
mount -a srv:cs /net

bind -c /usr/$user/tmp /tmp
cd /usr/$user

. /lib/namespace.local
. /lib/namespace.$sysname
. /cfg/$sysname/namespace
`;
  const env = { rootspec: 'main', rootdir: '/root', cputype: 'amd64', user: 'glenda', sysname: 'helix' };
  expect(await read(text, env)).toEqual([
    'mount -aC srv:boot /root main',
    'bind -a /root /',
    'mount -c ram: /env',
    'bind -c /root/srv /srv',
    'mount -b srv:factotum /mnt',
    'bind /amd64/bin /bin',
    'bind -a /rc/bin /bin',
    'mount -a net: /net',
    'mount -a srv:cs /net',
    'bind -c /usr/glenda/tmp /tmp',
    'cd /usr/glenda',
  ]);
});

test('namespace(6): a world begun anew', async () => {
  expect(await read('clear\nmount ram: /\n')).toEqual(['clear', 'mount ram: /']);
});

test('ns(1): what is printed can be read again', async () => {
  const printed = ["mount -aC '#s/boot:' /root 'a b'", 'bind -bc /x y', "cd '/usr/o''brien'"];
  const text = printed.join('\n').replace('#s/boot:', 'tcp!bootes!9fs');
  const once = await read(text);
  expect(await read(once.join('\n'))).toEqual(once);
  expect(once[2]).toBe("cd '/usr/o''brien'");
});

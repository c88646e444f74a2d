import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { accounts, currentUser, userId, userName } from '../../src/host/index.ts';
import { folder } from './support.ts';

const { path } = folder();

const PASSWD = `root:x:0:0:root:/root:/bin/sh
glenda:x:1000:1000:Glenda,,,:/usr/glenda:/bin/rc
bob:x:1001:100::/home/bob:/bin/sh
toor:x:0:0:another root:/root:/bin/sh
1234:x:77:77:a number for a name:/:/bin/sh

+nis::::::
broken:x
lonely:x:2000:4000::/:/bin/sh
cut:x:3000
`;
const GROUP = `root:x:0:
users:x:100:glenda
glenda:x:1000:
sys:x:3:bob,glenda
adm:x:4:bobby
`;

function write(): readonly [string, string] {
  const files = [`${path}/passwd`, `${path}/group`] as const;
  writeFileSync(files[0], PASSWD);
  writeFileSync(files[1], GROUP);
  return files;
}

describe('passwd and group', () => {
  const known = accounts(...write());

  test('names and numbers', () => {
    expect([known.userName(0), known.userName(1000)]).toEqual(['root', 'glenda']);
    expect([known.userId('root'), known.userId('toor'), known.userId('bob')]).toEqual([0, 0, 1001]);
    expect([known.groupName(3), known.groupId('users')]).toEqual(['sys', 100]);
  });

  test('who stands in neither goes by the number', () => {
    expect([known.userName(4242), known.groupName(4242)]).toEqual(['4242', '4242']);
    expect([known.userId('4242'), known.groupId('4242')]).toEqual([4242, 4242]);
    expect([known.userId('1234'), known.userId('77')]).toEqual([77, 77]);
  });

  test.each(['nobody at all', '', '-1', '007', '4294967295', '99999999999', '1e3', '__proto__', 'broken'])(
    '%j is no user',
    (name) => expect(known.userId(name)).toBeUndefined(),
  );

  test('groups', () => {
    expect(known.groupsOf('glenda')).toEqual([
      { name: 'glenda', gid: 1000 },
      { name: 'users', gid: 100 },
      { name: 'sys', gid: 3 },
    ]);
    expect(known.groupsOf('bob')).toEqual([
      { name: 'users', gid: 100 },
      { name: 'sys', gid: 3 },
    ]);
    expect(known.groupsOf('lonely')).toEqual([{ name: '4000', gid: 4000 }]);
    expect(known.groupsOf('cut')).toEqual([]);
    expect(known.groupsOf('4242')).toEqual([]);
  });
});

test('a change is seen, and a file that is gone', () => {
  const [passwd, group] = write();
  const known = accounts(passwd, group, 0);
  expect(known.userName(1000)).toBe('glenda');
  writeFileSync(`${path}/passwd.new`, PASSWD.replace('glenda', 'brenda'));
  renameSync(`${path}/passwd.new`, passwd);
  expect(known.userName(1000)).toBe('brenda');
  rmSync(passwd);
  expect(known.userName(1000)).toBe('1000');
  expect(known.groupName(100)).toBe('users');
});

test('no files at all', () => {
  const known = accounts(`${path}/none`, `${path}/none`);
  expect([known.userName(0), known.userId('root'), known.groupsOf('root')]).toEqual(['0', undefined, []]);
});

test('this machine', () => {
  const me = currentUser();
  expect(me).toEqual({ name: userInfo().username, uid: process.geteuid?.(), gid: process.getegid?.() });
  expect(userId(userName(me.uid))).toBe(me.uid);
});

/** What other users than the owner may do. */
import { expect } from '@jest/globals';
import { BOB, CAROL } from '../users.ts';
import { type Check, fails, namesIn } from './check.ts';

export const PERMISSIONS: Record<string, Check> = {
  'a stranger reads what others may read': async ({ root, as }) => {
    await root.writeFile('f', 'x');
    expect(await (await as(BOB)).readText('f')).toBe('x');
  },
  'a stranger does not read what they may not': async ({ root, as }) => {
    await root.writeFile('f', 'x', { perm: 0o640 });
    await fails((await as(BOB)).readFile('f'), 'EACCES');
  },
  'the group reads what the group may read': async ({ root, as }) => {
    await root.writeFile('f', 'x', { perm: 0o640 });
    expect(await (await as(CAROL)).readText('f')).toBe('x');
    await fails((await as(CAROL)).writeFile('f', 'y'), 'EACCES');
  },
  'a stranger does not write': async ({ root, as }) => {
    await root.writeFile('f', 'x');
    const bob = await as(BOB);
    await fails(bob.writeFile('f', 'y'), 'EACCES');
    await fails(bob.change('f', { size: 0 }), 'EACCES');
    expect(await root.readText('f')).toBe('x');
  },
  'a stranger makes nothing in the owner’s directory': async ({ as }) => {
    const bob = await as(BOB);
    await fails(bob.create('f'), 'EACCES');
    await fails(bob.mkdir('d'), 'EACCES');
    await fails(bob.symlink('s', 'x'), 'EACCES');
  },
  'nor takes anything away': async ({ root, as }) => {
    await root.writeFile('f', '');
    const bob = await as(BOB);
    await fails(bob.remove('f'), 'EACCES');
    await fails(bob.rename('f', 'g'), 'EACCES');
    await fails(bob.link('g', 'f'), 'EACCES');
  },
  'nor changes whose a file is, or its mode': async ({ root, as }) => {
    await root.writeFile('f', '');
    const bob = await as(BOB);
    await fails(bob.change('f', { mode: 0o777 }), 'EPERM');
    await fails(bob.change('f', { uid: 1001 }), 'EPERM');
    await fails(bob.change('f', { mtime: { sec: 0, nsec: 0 } }), 'EPERM');
    await fails(bob.change('', { mode: 0o777 }), 'EPERM');
  },
  'a directory that may not be searched': async ({ root, as }) => {
    await root.mkdir('d', { perm: 0o744 });
    await root.writeFile('d/f', 'x');
    const bob = await as(BOB);
    expect(await namesIn(bob, 'd')).toEqual(['f']);
    await using dir = await bob.walk('d');
    await fails(dir.readFile('f'), 'EACCES');
  },
  'a directory that may not be read': async ({ root, as }) => {
    await root.mkdir('d', { perm: 0o711 });
    await root.writeFile('d/f', 'x');
    const bob = await as(BOB);
    await fails(namesIn(bob, 'd'), 'EACCES');
    expect(await bob.readText('d/f')).toBe('x');
  },
  'what a stranger makes is theirs': async ({ root, as }) => {
    await root.mkdir('d', { perm: 0o777 });
    const bob = await as(BOB);
    await bob.writeFile('d/f', 'x', { perm: 0o600 });
    expect((await root.stat('d/f')).uid).toBe(1001);
    await fails(root.readFile('d/f'), 'EACCES');
  },
  'in a sticky directory everybody removes their own': async ({ root, as }) => {
    await root.mkdir('t');
    await root.change('t', { mode: 0o1777 });
    const [bob, carol] = [await as(BOB), await as(CAROL)];
    await bob.writeFile('t/f', '');
    await carol.writeFile('t/g', '');
    await fails(carol.remove('t/f'), 'EPERM');
    await fails(carol.rename('t/g', 't/f'), 'EPERM');
    await bob.remove('t/f');
  },
};

import { describe, expect, test } from '@jest/globals';
import { MAFTER, MBEFORE, MCACHE, MCREATE, MREPL } from '../../../src/namespaces/flags.ts';
import { parseCommand } from '../../../src/namespaces/script/command.ts';
import { ScriptError } from '../../../src/namespaces/script/error.ts';
import { flagLetters, flagsOf } from '../../../src/namespaces/script/flags.ts';
import { parseScript } from '../../../src/namespaces/script/parse.ts';
import { runCommand, runScript, type World } from '../../../src/namespaces/script/run.ts';

interface Called {
  readonly calls: unknown[][];
  readonly world: Required<World>;
}

/** A world that notes what is asked of it, and fails where `fails` says. */
function noting(fails?: string): Called {
  const calls: unknown[][] = [];
  const note =
    (name: string) =>
    async (...args: readonly unknown[]): Promise<void> => {
      calls.push([name, ...args]);
      if (name === fails) throw Object.assign(new Error(`no ${name}\nat all`), { code: 'ENOENT' });
    };
  const namespace = {
    mount: note('mount'),
    bind: note('bind'),
    unmount: note('unmount'),
    cd: note('cd'),
    clear: note('clear'),
  };
  return {
    calls,
    world: { namespace, listen: note('listen'), export: note('export'), allow: note('allow') },
  };
}

const SCRIPT = `clear
mount -a ram: /n/x
mount ram: /n/y main
bind -c /n/x /n/y
unmount /n/y
unmount /n/x /n/y
cd /n
listen tcp://127.0.0.1:0
export nbd /n/disk unix:///run/nbd
allow glenda ro /n
`;

const commandsOf = (text: string) => parseScript(text, { file: 'world' });

describe('runScript', () => {
  test('calls what each verb says, in order', async () => {
    const { calls, world } = noting();
    await runScript(await commandsOf(SCRIPT), world);
    expect(calls).toEqual([
      ['clear'],
      ['mount', 'ram:', '/n/x', MAFTER, {}],
      ['mount', 'ram:', '/n/y', MREPL, { aname: 'main' }],
      ['bind', '/n/x', '/n/y', MCREATE],
      ['unmount', '/n/y'],
      ['unmount', '/n/x', '/n/y'],
      ['cd', '/n'],
      ['listen', 'tcp://127.0.0.1:0'],
      ['export', 'nbd', '/n/disk', 'unix:///run/nbd'],
      ['allow', 'glenda', 'ro', '/n'],
    ]);
  });

  test('ends at the first command that fails, and says where it stands', async () => {
    const { calls, world } = noting('bind');
    const error: unknown = await runScript(await commandsOf(SCRIPT), world).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ScriptError);
    expect(error).toMatchObject({
      message: 'world:4: no bind at all',
      code: 'ENOENT',
      file: 'world',
      line: 4,
      cause: expect.objectContaining({ message: 'no bind\nat all' }),
    });
    expect(calls.map(([name]) => name)).toEqual(['clear', 'mount', 'mount', 'bind']);
  });

  test.each(['listen', 'export', 'allow'] as const)(
    '%s where it has no place: nothing is done',
    async (verb) => {
      const { calls, world } = noting();
      const line = SCRIPT.split('\n').findIndex((text) => text.startsWith(verb)) + 1;
      await expect(
        runScript(await commandsOf(SCRIPT), { ...world, [verb]: undefined }),
      ).rejects.toMatchObject({
        message: `world:${line}: ${verb}: only a namespace that is served takes it (ns serve FILE)`,
        code: 'EOPNOTSUPP',
      });
      expect(calls).toEqual([]);
    },
  );
});

test('runCommand: one, of words', async () => {
  const { calls, world } = noting();
  await runCommand(parseCommand(['bind', '-b', '/a', '/b']), world);
  expect(calls).toEqual([['bind', '/a', '/b', MBEFORE]]);
  await expect(
    runCommand(parseCommand(['listen', 'tcp!*!1']), { namespace: world.namespace }),
  ).rejects.toThrow(/^listen: only a namespace that is served/);
});

describe('the letters of flags', () => {
  test.each<[string, number]>([
    ['', MREPL],
    ['a', MAFTER],
    ['b', MBEFORE],
    ['ac', MAFTER | MCREATE],
    ['bcC', MBEFORE | MCREATE | MCACHE],
    ['C', MCACHE],
  ])('%s', (letters, flags) => {
    expect(flagsOf(letters)).toBe(flags);
    expect(flagLetters(flags)).toBe(letters);
  });

  test.each(['ab', 'x', 'A', '-'])('%s is refused', (letters) => {
    expect(() => flagsOf(letters)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });
});

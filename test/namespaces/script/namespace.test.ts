/** Scripts and a namespace: what it prints makes it again. */
import { expect, test } from '@jest/globals';
import { Namespace } from '../../../src/namespaces/index.ts';
import { parseScript } from '../../../src/namespaces/script/parse.ts';
import { runScript } from '../../../src/namespaces/script/run.ts';
import { ram } from '../../../src/resources/index.ts';

/** A namespace with what a script makes in it, and the trees that it can mount. */
async function made(script: string): Promise<Namespace> {
  const namespace = new Namespace({ dial: async () => ram({ mode: 0o777 }) });
  await runScript(await parseScript(script, { file: 'world' }), { namespace });
  return namespace;
}

test('what a namespace prints is read, and makes it again', async () => {
  const script = `
mount -c ram: '/n/a b'
mount -ac 'ram:?size=1MiB' /n/x '$main #1'
bind -b '/n/a b' /n/x
unmount '/n/a b' /n/x
bind -b '/n/a b' /n/x # once more
cd /n/x
`;
  await using first = await made(script);
  await using second = await made(first.print());
  expect(second.print()).toBe(first.print());
  expect(first.print()).toContain("'$main #1'");
  expect(second.cwd).toBe('/n/x');
});

test('a command that fails is named by its line, with what the namespace says', async () => {
  await expect(made('mount ram: /n/x\n\nbind /n/none /n/x\n')).rejects.toMatchObject({
    code: 'ENOENT',
    line: 3,
    message: expect.stringMatching(/^world:3: .*\/n\/none/),
  });
  await expect(made('unmount /n')).rejects.toThrow(/^world:1: /);
});

/** Close-to-open: what somebody else changes in the tree is seen by the next open, without any waiting. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Held, lackForMounts, mountFuse, mountTmpfs, type Mount } from './fuse/mounts.ts';
import { startServe } from './fuse/servers.ts';
import { ok } from './fuse/shell.ts';

const ROUNDS = 20;

const lacking = lackForMounts();
if (lacking !== undefined) process.stderr.write(`changes behind mounts: skipped, ${lacking}\n`);

(lacking === undefined ? describe : describe.skip)('what changes behind a mount', () => {
  const held = new Held();
  let tree: Mount;
  let mount: Mount;
  let second: Mount;

  beforeAll(async () => {
    tree = held.add(await mountTmpfs());
    const server = held.add(await startServe(`file:${tree.path}`));
    mount = held.add(await mountFuse(server.url, 'allow_other'));
    second = held.add(await mountFuse(server.url, 'allow_other'));
  });
  afterAll(() => held[Symbol.asyncDispose]());

  /** `$HERE` is the mount, `$THERE` the other way to the tree; each round, what was seen before has been cached. */
  const rounds = (script: string, there: string) =>
    ok(`for i in $(seq ${ROUNDS}); do\n${script}\ndone`, { env: { HERE: mount.path, THERE: there } });

  describe.each([
    ['the directory itself', () => tree.path],
    ['another mount', () => second.path],
  ])('by %s', (name, there) => {
    const f = `f-${name.length}`;

    test('other content of the same size', async () => {
      await rounds(`printf %07d $i >$THERE/${f}; test "$(cat $HERE/${f})" = $(printf %07d $i)`, there());
    });

    test('the same size within the same tick of the clock', async () => {
      await rounds(
        `printf a$i >$THERE/${f}; cat $HERE/${f} >/dev/null; printf b$i >$THERE/${f}; test "$(cat $HERE/${f})" = b$i`,
        there(),
      );
    });

    test('longer and shorter', async () => {
      await rounds(
        `seq $i >$THERE/${f}; seq $i | cmp - $HERE/${f}; test $(stat -c %s $HERE/${f}) = $(stat -c %s $THERE/${f}) || true
         : >$THERE/${f}; test "$(cat $HERE/${f})" = ""; seq $((i * 3000)) >$THERE/${f}; seq $((i * 3000)) | cmp - $HERE/${f}
         truncate -s 5 $THERE/${f}; test $(wc -c <$HERE/${f}) = 5; printf x >>$THERE/${f}; test $(wc -c <$HERE/${f}) = 6`,
        there(),
      );
    });

    test('replaced by a rename', async () => {
      await rounds(`echo $i >$THERE/new; mv $THERE/new $THERE/${f}; test "$(cat $HERE/${f})" = $i`, there());
    });

    test('deleted, and made anew', async () => {
      await rounds(
        `echo $i >$THERE/${f}; test "$(cat $HERE/${f})" = $i; rm $THERE/${f}; ! cat $HERE/${f} 2>/dev/null
         echo new $i >$THERE/${f}; test "$(cat $HERE/${f})" = "new $i"`,
        there(),
      );
    });

    test('what is written here is there when it is closed', async () => {
      await rounds(
        `echo $i >$HERE/${f}; test "$(cat $THERE/${f})" = $i; echo more >>$HERE/${f}; tail -n 1 $THERE/${f} | grep -qx more`,
        there(),
      );
    });

    test('a writer here and a writer there append, one after the other', async () => {
      await ok(
        `rm -f $THERE/log; for i in $(seq ${ROUNDS}); do echo here $i >>$HERE/log; echo there $i >>$THERE/log; done
        test $(wc -l <$HERE/log) = ${2 * ROUNDS}; cmp $HERE/log $THERE/log`,
        {
          env: { HERE: mount.path, THERE: there() },
        },
      );
    });

    test('names come and go within a second, at the latest', async () => {
      await ok(
        `ls $HERE >/dev/null; mkdir $THERE/d; sleep 1.1; test -d $HERE/d; echo x >$THERE/d/x; sleep 1.1; test "$(ls $HERE/d)" = x
         rm -r $THERE/d; sleep 1.1; test ! -e $HERE/d; ! ls $HERE | grep -qx d`,
        { env: { HERE: mount.path, THERE: there() } },
      );
    });
  });

  test('a file that is open here goes on, though it was replaced there', async () => {
    const output = await ok(
      `echo old >$THERE/g; exec 3<$HERE/g; echo new >$THERE/n; mv $THERE/n $THERE/g; cat $HERE/g; cat <&3`,
      { env: { HERE: mount.path, THERE: tree.path } },
    );
    expect(output).toBe('new\nold\n');
  });

  test('a growing file is followed', async () => {
    const output = await ok(
      `: >$THERE/growing; (for i in $(seq 20); do echo $i >>$THERE/growing; sleep 0.03; done) &
       timeout 15 tail -n +1 -s 0.05 -f $HERE/growing | head -n 20 | tail -n 1`,
      { env: { HERE: mount.path, THERE: tree.path } },
    );
    expect(output).toBe('20\n');
  });
});

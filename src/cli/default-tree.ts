/** What `ns serve` serves if nothing else is said: a tree in memory with a README in it. */
import { Chan, WRITE, type File, type Request } from '../file/index.ts';
import { processUser } from '../owner.ts';
import { ram } from '../resources/index.ts';

const README = `This is a file system in memory, served over 9P by ns.

What you write here is gone when the server ends. Try:

  npx ns ls -l 'tcp://127.0.0.1:5640'
  echo hello | npx ns write 'tcp://127.0.0.1:5640/hello'
  npx ns cat 'tcp://127.0.0.1:5640/hello'

Linux can mount it (as root):

  mount -t 9p -o trans=tcp,port=5640,version=9p2000.L 127.0.0.1 /mnt
`;

export async function defaultTree(): Promise<File> {
  const user = processUser();
  const r: Request = { user, aname: '', signal: new AbortController().signal };
  const root = ram({ owner: user });
  const readme = Chan.attach(root);
  await readme.create('README', { mode: 0o644 }, WRITE, r);
  await readme.write(0, new TextEncoder().encode(README), r);
  await readme.close('clunk', r);
  return root;
}

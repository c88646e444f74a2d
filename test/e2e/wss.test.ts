/** wss: a WebSocket over HTTPS, with a certificate that openssl makes. */
import { spawnSync } from 'node:child_process';
import { afterAll, expect, test } from '@jest/globals';
import { World } from './world.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl) process.stderr.write('wss: skipped, needs openssl\n');

const world = new World();
afterAll(() => world[Symbol.asyncDispose]());

test('wss: without a certificate is refused, and says what it needs', async () => {
  const refused = await world.ns('serve', '-l', 'wss://127.0.0.1:0');
  expect(refused).toMatchObject({ status: 2, stdout: '' });
  expect(refused.stderr).toMatch(/^ns: a wss: address needs --certificate FILE and --certificate-key FILE/);
});

(hasOpenssl ? test : test.skip)('wss: serves whoever trusts its certificate', async () => {
  const [key, certificate] = [world.path('key.pem'), world.path('certificate.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const files = ['-keyout', key, '-out', certificate, '-days', '2'];
  spawnSync('openssl', ['req', '-x509', '-newkey', 'ed25519', '-nodes', ...files, ...subject]);
  const server = await world.serve(
    '-l', 'wss://127.0.0.1:0', '--certificate', certificate, '--certificate-key', key,
  ); // prettier-ignore
  const [address] = server.addresses;
  const trusting = { env: { NODE_EXTRA_CA_CERTS: certificate } };
  const [listed, distrusted] = await Promise.all([
    world.start(['ls', address], trusting).ended,
    world.ns('ls', address),
  ]);
  expect(listed).toMatchObject({ status: 0, stdout: 'README\n' });
  expect(distrusted).toMatchObject({ status: 1, stdout: '' });
  expect(distrusted.stderr).toMatch(
    /^ns: cannot connect to wss:\/\/127\.0\.0\.1:\d+: self-signed certificate/,
  );
});

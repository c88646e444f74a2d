import { afterAll, describe, expect, test } from '@jest/globals';
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { appendFileSync, chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  authorizeKey,
  createKeyFile,
  readAuthorizedKeys,
  readKeyFile,
  readKnownServers,
  rememberServer,
} from '../../src/transport/key-files.ts';
import {
  fingerprint,
  isPublicKey,
  makeIdentity,
  publicKeyOf,
  readIdentity,
} from '../../src/transport/keys.ts';
import { failure, scratchDirectory } from './tools.ts';

const scratch = scratchDirectory();
afterAll(() => scratch.remove());
const file = (name: string): string => join(scratch.path, name);

describe('an identity', () => {
  test('has a certificate of its key that holds, for ever', () => {
    const identity = makeIdentity();
    const certificate = new X509Certificate(identity.certificate);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(identity.privateKey))).toBe(true);
    expect(publicKeyOf(certificate.publicKey)).toBe(identity.publicKey);
    expect(new Date(certificate.validFrom).getTime()).toBeLessThan(Date.now());
    expect(new Date(certificate.validTo).getUTCFullYear()).toBe(9999);
    expect([certificate.subject, certificate.issuer]).toEqual(['CN=nines', 'CN=nines']);
  });

  test('is the same whenever it is read', () => {
    const identity = makeIdentity();
    expect(readIdentity(identity.privateKey)).toEqual(identity);
    expect(makeIdentity().publicKey).not.toBe(identity.publicKey);
  });

  test('has a fingerprint: one known key, checked against openssl', () => {
    // The public key of RFC 8032 section 7.1, test 1.
    const key = Buffer.from(
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      'hex',
    ).toString('base64');
    expect(fingerprint(key)).toBe('SHA256:BuP9j9opu2CrWVV95h7bCuzbIxE0vjDnW0Vfjht5L6k');
    expect(isPublicKey(key)).toBe(true);
  });

  test('is Ed25519 or nothing', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
    expect(() => readIdentity(rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())).toThrow(
      'type rsa',
    );
    expect(publicKeyOf(rsa.publicKey)).toBeUndefined();
    expect([isPublicKey(), isPublicKey('AAAA'), isPublicKey(`${'A'.repeat(42)}B=`)]).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe('the key file', () => {
  test('is made once, for us alone, and read again', async () => {
    const path = file('deep/er/key');
    const identity = await createKeyFile(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(file('deep')).mode & 0o777).toBe(0o700);
    expect(await readKeyFile(path)).toEqual(identity);
    expect(await failure(createKeyFile(path))).toMatchObject({
      code: 'EEXIST',
      message: expect.stringContaining('never overwritten'),
    });
    expect(await readKeyFile(path)).toEqual(identity);
  });

  test('that is missing, open to others, or something else', async () => {
    expect(await failure(readKeyFile(file('none')))).toMatchObject({
      code: 'ENOENT',
      message: expect.stringContaining('ns key make'),
    });
    const path = file('bad');
    writeFileSync(path, 'not a key', { mode: 0o600 });
    expect(await failure(readKeyFile(path))).toMatchObject({ code: 'EINVAL' });
    chmodSync(path, 0o640);
    expect(await failure(readKeyFile(path))).toMatchObject({
      code: 'EPERM',
      message: expect.stringContaining('chmod 600'),
    });
    mkdirSync(file('directory'), { mode: 0o700 });
    expect(await failure(readKeyFile(file('directory')))).toMatchObject({ code: 'EISDIR' });
    expect(await failure(createKeyFile(join(path, 'x')))).toMatchObject({
      code: expect.stringMatching(/ENOTDIR|EEXIST/),
    });
  });
});

describe('authorized keys', () => {
  const [one, two] = [makeIdentity().publicKey, makeIdentity().publicKey];

  test('are added and read', async () => {
    const path = file('authorized');
    expect(await readAuthorizedKeys(path)).toEqual(new Map());
    await authorizeKey(path, 'glenda', one, 'the rabbit\nof Plan 9');
    await authorizeKey(path, 'glenda', one);
    appendFileSync(path, '# a remark, and no newline at the end');
    await authorizeKey(path, 'rob', two);
    expect(await readAuthorizedKeys(path)).toEqual(
      new Map([
        [one, 'glenda'],
        [two, 'rob'],
      ]),
    );
    expect(readFileSync(path, 'utf8')).toBe(
      `glenda ed25519 ${one} the rabbit of Plan 9\n# a remark, and no newline at the end\nrob ed25519 ${two}\n`,
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await failure(authorizeKey(path, 'ken', two))).message).toContain('belongs to rob already');
  });

  test('many are added at the same time', async () => {
    const path = file('many');
    const keys = Array.from({ length: 20 }, () => makeIdentity().publicKey);
    await Promise.all(keys.map((key, i) => authorizeKey(path, `user${i}`, key)));
    expect((await readAuthorizedKeys(path)).size).toBe(20);
  });

  test('a line that is wrong is named', async () => {
    const path = file('wrong');
    writeFileSync(path, `glenda ed25519 ${one}\n\nrob ssh-rsa AAAA\n`, { mode: 0o600 });
    expect(await failure(readAuthorizedKeys(path))).toMatchObject({
      code: 'EINVAL',
      message: `${path}:3: expected 'USER ed25519 BASE64 [comment]'`,
    });
    writeFileSync(path, `glenda ed25519 ${one}\nrob ed25519 ${one}\n`);
    expect((await failure(readAuthorizedKeys(path))).message).toContain(
      ':2: this key belongs to glenda already',
    );
    chmodSync(path, 0o622);
    expect(await failure(readAuthorizedKeys(path))).toMatchObject({ code: 'EPERM' });
    await expect(authorizeKey(file('x'), 'two words', one)).rejects.toThrow('one word');
    await expect(authorizeKey(file('x'), 'rob', 'AAAA')).rejects.toThrow('44 characters');
  });
});

test('known servers are remembered once, and never replaced', async () => {
  const [one, two] = [makeIdentity().publicKey, makeIdentity().publicKey];
  const path = file('known/servers');
  await rememberServer(path, 'host:564', one);
  await rememberServer(path, 'host:564', one);
  await rememberServer(path, '::1:564', two);
  expect(await readKnownServers(path)).toEqual(
    new Map([
      ['host:564', one],
      ['::1:564', two],
    ]),
  );
  expect((await failure(rememberServer(path, 'host:564', two))).message).toContain('remove its line first');
});

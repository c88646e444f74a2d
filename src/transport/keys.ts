/** Ed25519 keys as they are pinned on both sides of TLS: who has the private half is who the other side knows. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { selfSigned } from './certificate.ts';

/** The 32 bytes of an Ed25519 public key in base64: two keys are the same if their texts are. */
export type PublicKey = string;

/** A key pair with what TLS needs around it. */
export interface Identity {
  /** PKCS #8, PEM. */
  readonly privateKey: string;
  /** Made from the key, always the same; PEM. */
  readonly certificate: string;
  readonly publicKey: PublicKey;
}

/** An Ed25519 public key in DER is these twelve bytes (RFC 8410), then the key. */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** A new key pair. */
export function makeIdentity(): Identity {
  return identityOf(generateKeyPairSync('ed25519').privateKey);
}

/**
 * The identity of a private key in PEM.
 *
 * @throws an Error where the text is no Ed25519 private key
 */
export function readIdentity(privateKey: string): Identity {
  const key = createPrivateKey(privateKey);
  if (key.asymmetricKeyType !== 'ed25519')
    throw new Error(`it is of type ${key.asymmetricKeyType}, not ed25519`);
  return identityOf(key);
}

/** `SHA256:` and the base64 of the hash of the key in DER, as `openssl pkey -pubout -outform DER` gives it. */
export function fingerprint(key: PublicKey): string {
  const spki = Buffer.concat([spkiPrefix, Buffer.from(key, 'base64')]);
  return `SHA256:${createHash('sha256').update(spki).digest('base64').replace(/=+$/, '')}`;
}

/** The text of a key, if it is an Ed25519 key. */
export function publicKeyOf(key: KeyObject): PublicKey | undefined {
  if (key.asymmetricKeyType !== 'ed25519') return undefined;
  return key.export({ type: 'spki', format: 'der' }).subarray(spkiPrefix.length).toString('base64');
}

/** Whether a text is a public key in the form of {@link PublicKey}. */
export function isPublicKey(text = ''): boolean {
  return /^[A-Za-z0-9+/]{43}=$/.test(text) && Buffer.from(text, 'base64').toString('base64') === text;
}

function identityOf(key: KeyObject): Identity {
  const publicKey = createPublicKey(key);
  return {
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: selfSigned(publicKey, key),
    publicKey: publicKeyOf(publicKey)!,
  };
}

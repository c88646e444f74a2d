/**
 * The one X.509 certificate that TLS needs around a pinned key: self-signed, Ed25519 (RFC 8410), never expiring,
 * always the same for the same key. Nobody reads anything in it but the key. DER is ITU-T X.690, the fields are those
 * of RFC 5280 section 4.1.
 */
import { sign, type KeyObject } from 'node:crypto';

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;
const CONTEXT_0 = 0xa0;

const ed25519 = der(SEQUENCE, der(OBJECT_IDENTIFIER, Buffer.from([0x2b, 0x65, 0x70])));
const commonName = der(OBJECT_IDENTIFIER, Buffer.from([0x55, 0x04, 0x03]));
const name = der(SEQUENCE, der(SET, der(SEQUENCE, commonName, der(UTF8_STRING, Buffer.from('nines')))));
const version3 = der(CONTEXT_0, der(INTEGER, Buffer.from([2])));
const serialNumber = der(INTEGER, Buffer.from([1]));
const validity = der(
  SEQUENCE,
  der(UTC_TIME, Buffer.from('000101000000Z')),
  der(GENERALIZED_TIME, Buffer.from('99991231235959Z')),
);

/** The certificate of a key pair, PEM. */
export function selfSigned(publicKey: KeyObject, privateKey: KeyObject): string {
  const subjectKey = publicKey.export({ type: 'spki', format: 'der' });
  const toBeSigned = der(SEQUENCE, version3, serialNumber, ed25519, name, validity, name, subjectKey);
  const signature = sign(null, toBeSigned, privateKey);
  return pem(der(SEQUENCE, toBeSigned, ed25519, der(BIT_STRING, Buffer.from([0]), signature)));
}

/** A tag, the length of the contents in its shortest form (here below 64 KiB), and the contents. */
function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  const { length } = body;
  const prefix =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...prefix]), body]);
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

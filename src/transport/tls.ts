/**
 * TLS 1.3 with both sides known by pinned Ed25519 keys, as in SSH: no names, no authorities, no expiry. The
 * certificates are envelopes for the keys; that the other side has the private half, the handshake itself proves.
 */
import { isIP } from 'node:net';
import tls from 'node:tls';
import type { Address } from './address.ts';
import { attempt, CONNECT_TIMEOUT } from './attempt.ts';
import { DuplexStream } from './duplex.ts';
import { cannotConnect, connectionLost, errorCode, TransportError } from './errors.ts';
import { fingerprint, publicKeyOf, type Identity, type PublicKey } from './keys.ts';
import type { ConnectOptions, ListenOptions } from './options.ts';
import { KEEP_ALIVE, listenerOf, startListening } from './socket.ts';
import type { Accept, Listener, Peer, Stream } from './stream.ts';
import { boundAddress, hostAddress, listenTarget, remotePeer } from './tcp.ts';

/**
 * `tls://host:port[?fingerprint=SHA256:…]`. The server's key must have the fingerprint, where one is given; else be
 * the one that `knownServer` knows; else be accepted by `verify`, which may take its time: meanwhile there is no
 * connection.
 *
 * @throws TransportError `EKEYREJECTED`: the server's key is not the one that it should be, or not trusted
 */
export async function connectTls(address: Address, options: ConnectOptions): Promise<Stream> {
  const { host, port } = address;
  const name = hostAddress('tls', host!, port!);
  const server = name.slice('tls://'.length);
  const identity = requireIdentity(name, options.identity, 'connect to');
  const socket = await handshake(address, name, identity, options);
  try {
    const key = serverKey(name, socket);
    const pinned = address.options.get('fingerprint');
    if (pinned === undefined && !(await isKnown(name, server, key, options))) {
      // In good order, so that the server does not take it for an attack.
      void new DuplexStream({ address: name, identity: 'none' }, socket, socket).close();
      await introduce(name, server, key, options);
      return await connectTls(withFingerprint(address, fingerprint(key)), options);
    }
    if (pinned !== undefined && pinned !== fingerprint(key)) {
      throw wrongKey(name, pinned, key, 'write the new fingerprint into the address');
    }
    return new TlsClientStream({ address: name, identity: 'key' }, socket, identity);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Lets in whoever has a key that `authorized` knows, as the user that it names. */
export async function listenTls(address: Address, accept: Accept, options: ListenOptions): Promise<Listener> {
  const name = hostAddress('tls', address.host!, address.port!);
  const identity = requireIdentity(name, options.identity, 'listen on');
  const server = tls.createServer({
    ...credentials(identity),
    requestCert: true,
    handshakeTimeout: CONNECT_TIMEOUT,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE,
  });
  server.on('secureConnection', (socket) => {
    admit(socket, accept, options).catch((error: unknown) => {
      options.problem?.(connectionLost(name, error));
      socket.destroy();
    });
  });
  server.on('tlsClientError', (error, socket) => {
    const from = remotePeer('tls', socket)?.address ?? name;
    options.problem?.(
      new TransportError('EPROTO', `${from} failed to begin TLS 1.3: ${error.message}`, from, error),
    );
  });
  await startListening(server, listenTarget(address), name, options);
  return listenerOf(server, boundAddress('tls', server), options.signal);
}

/** A server that does not know our key can tell us so only by ending the connection before its first byte. */
class TlsClientStream extends DuplexStream {
  readonly #identity: Identity;

  constructor(peer: Peer, socket: tls.TLSSocket, identity: Identity) {
    super(peer, socket, socket);
    this.#identity = identity;
  }

  protected override verdict(failure: Error | undefined): Error | undefined {
    const { address } = this.peer;
    if (this.heard) return failure && connectionLost(address, failure);
    const key = this.#identity.publicKey;
    const text = `${address} ended the connection without a word: it may not know your key ${fingerprint(key)}`;
    const advice = `there, its owner lets you in with: ns key authorize USER ed25519 ${key}`;
    return new TransportError('EKEYREJECTED', `${text}; ${advice}`, address, failure);
  }
}

function credentials(identity: Identity): tls.SecureContextOptions & { rejectUnauthorized: false } {
  return {
    key: identity.privateKey,
    cert: identity.certificate,
    minVersion: 'TLSv1.3',
    // Nobody signs these certificates: the keys in them are compared instead, right after the handshake.
    rejectUnauthorized: false,
  };
}

function handshake(
  { host, port }: Address,
  name: string,
  identity: Identity,
  options: ConnectOptions,
): Promise<tls.TLSSocket> {
  return attempt(name, options, (succeed, fail) => {
    const servername = isIP(host!) ? '' : host;
    const target: tls.ConnectionOptions = { host, port, servername, ...credentials(identity) };
    const socket = tls.connect(target);
    socket.on('error', (error) => fail(noHandshake(name, error)));
    socket.once('secureConnect', () => {
      socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE);
      succeed(socket);
    });
    return () => socket.destroy();
  });
}

/** OpenSSL has a code of its own for each thing that may be said instead of what it expects. */
function noHandshake(name: string, cause: Error): TransportError {
  const code = errorCode(cause) ?? '';
  if (code !== 'ECONNRESET' && !code.startsWith('ERR_SSL_')) return cannotConnect(name, cause);
  const text = `cannot connect to ${name}: TLS 1.3 is not spoken there; is it a tcp:// address?`;
  return new TransportError('EPROTO', text, name, cause);
}

async function isKnown(
  name: string,
  server: string,
  key: PublicKey,
  options: ConnectOptions,
): Promise<boolean> {
  const known = await options.knownServer?.(server);
  if (known !== undefined && known !== key) {
    throw wrongKey(name, fingerprint(known), key, 'remove the old one from the file of known servers');
  }
  return known !== undefined;
}

/** The first contact. */
async function introduce(
  name: string,
  server: string,
  key: PublicKey,
  options: ConnectOptions,
): Promise<void> {
  if (await options.verify?.(server, key)) return;
  const text = `cannot connect to ${name}: its key ${fingerprint(key)} is not known here`;
  const advice = `if the server's owner confirms it, connect to '${name}?fingerprint=${fingerprint(key)}'`;
  throw new TransportError('EKEYREJECTED', `${text}; ${advice}`, name);
}

function wrongKey(name: string, expected: string, key: PublicKey, advice: string): TransportError {
  const text =
    `THE KEY OF ${name} HAS CHANGED, or somebody else answers in its place: ` +
    `expected ${expected}, but it has ${fingerprint(key)}; not connected`;
  return new TransportError('EKEYREJECTED', `${text}; if its owner confirms the new key, ${advice}`, name);
}

function withFingerprint(address: Address, value: string): Address {
  return { ...address, options: new Map([...address.options, ['fingerprint', value]]) };
}

function serverKey(name: string, socket: tls.TLSSocket): PublicKey {
  const key = keyOf(socket);
  if (key !== undefined) return key;
  const text = `cannot connect to ${name}: its key is not of the kind ed25519; is it a server of this kind?`;
  throw new TransportError('EKEYREJECTED', text, name);
}

function keyOf(socket: tls.TLSSocket): PublicKey | undefined {
  const certificate = socket.getPeerX509Certificate();
  return certificate && publicKeyOf(certificate.publicKey);
}

async function admit(socket: tls.TLSSocket, accept: Accept, options: ListenOptions): Promise<void> {
  const from = remotePeer('tls', socket);
  if (!from) return void socket.destroy();
  socket.on('error', () => {}); // Until the stream below listens.
  const key = keyOf(socket);
  const user = key === undefined ? undefined : await options.authorized?.(key);
  const stream = new DuplexStream({ ...from, identity: 'key', user }, socket, socket);
  if (user !== undefined) return accept(stream);
  const who =
    key === undefined
      ? 'presents no Ed25519 key'
      : `has the key ${fingerprint(key)} (${key}), which is not authorized`;
  options.problem?.(new TransportError('EKEYREJECTED', `${from.address} ${who}; not let in`, from.address));
  await stream.close();
}

function requireIdentity(name: string, identity: Identity | undefined, purpose: string): Identity {
  if (identity) return identity;
  throw new TransportError(
    'EINVAL',
    `cannot ${purpose} ${name}: TLS needs a key of ours; make one with: ns key make`,
    name,
  );
}

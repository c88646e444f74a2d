/**
 * The one address parser: URLs as they are written for 9P servers and resources, and Plan 9's dial strings.
 *
 * ```
 * scheme://[user@]host[:port][/path][?options][#/path in the tree]
 * scheme:rest[?options][#/path in the tree]
 * exec:command[#/path in the tree]
 * tcp!host[!service][#/path]    net!…    tls!…    unix!/path[#/path]
 * ```
 *
 * Not the URL of WHATWG, which rewrites paths (`file:../x` would become `/x`). The last `#` starts the path inside
 * the tree, the last `?` before it the options. Each part is percent-decoded once, so an address within an address
 * is percent-encoded if it holds `?` or `#`. An `exec:` address has no options, but a `#` and a `%` mean in it what
 * they mean elsewhere: in a command they are written `%23` and `%25`. Dial strings have no escapes.
 *
 * Pure, imports nothing of a platform: it may be used anywhere.
 */
import { TransportError } from './errors.ts';

/** A parsed address. Every part is decoded. */
export interface Address {
  /** In lower case: `tcp`, `unix`, `file`… */
  readonly scheme: string;
  readonly user?: string;
  /** Where there is a `//host`; IPv6 without its brackets, `*` for every interface of this machine. */
  readonly host?: string;
  /** 0 to 65535. Set wherever the scheme has a default: 564 for `tcp` and `tls`, 80 for `ws`, 443 for `wss`. */
  readonly port?: number;
  /** What follows the host (empty, or starting with `/`); where there is no host, all that follows the scheme. */
  readonly path: string;
  /** `?size=1GiB&ro` is `size` → `1GiB` and `ro` → the empty string. */
  readonly options: ReadonlyMap<string, string>;
  /** What follows the last `#`: a path inside the tree, starting with `/`. */
  readonly fragment?: string;
}

/** The port of 9P. */
export const NINE_PORT = 564;

const defaultPorts: Readonly<Record<string, number | undefined>> = {
  tcp: NINE_PORT,
  tls: NINE_PORT,
  ws: 80,
  wss: 443,
};
const needsHost: ReadonlySet<string> = new Set(['tcp', 'tls', 'ws', 'wss', 'ssh']);
const hasNoHost: ReadonlySet<string> = new Set(['unix', 'file']);
/** Where the path after the host is already the path in the tree, a second one behind `#` has no meaning. */
const hostThenTree: ReadonlySet<string> = new Set(['tcp', 'tls']);
const services: Readonly<Record<string, number | undefined>> = { '9fs': NINE_PORT, '9pfs': NINE_PORT };

/**
 * Reads an address.
 *
 * @throws TransportError `EINVAL`: which part is wrong, and what a right one looks like.
 */
export function parseAddress(text: string): Address {
  const dialled = /^([a-z][a-z0-9]*)!(.*)$/is.exec(text);
  if (dialled) return parseDial(text, dialled[1].toLowerCase(), dialled[2]);
  const url = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(text);
  if (!url) {
    throw invalid(text, 'it has no scheme', "'tcp://host:564', 'unix:///run/x.sock' or 'file:DIR'");
  }
  return parseUrl(text, url[1].toLowerCase(), url[2]);
}

/** Writes an address as a URL; {@link parseAddress} reads it back as it was. */
export function formatAddress(address: Address): string {
  const { scheme, path, fragment } = address;
  const tail = fragment === undefined ? '' : `#${encode(fragment, PATH)}`;
  if (scheme === 'exec') return `exec:${encode(path, COMMAND)}${tail}`;
  return `${scheme}:${formatAuthority(address)}${encode(path, PATH)}${formatOptions(address.options)}${tail}`;
}

/**
 * The path inside the tree of a 9P server: what stands behind `#`; else, where there is a host, the path after it.
 * (After an `ssh:` host stands the directory that is served: its path in the tree is `/`.)
 */
export function treePath(address: Address): string {
  if (address.fragment !== undefined) return address.fragment;
  return address.host !== undefined && address.scheme !== 'ssh' ? address.path || '/' : '/';
}

function parseUrl(text: string, scheme: string, rest: string): Address {
  const [front, tail] = splitAtLast(rest, '#');
  const [body, query] = scheme === 'exec' ? [front, undefined] : splitAtLast(front, '?');
  const fragment = tail === undefined ? undefined : parseFragment(text, decode(text, tail));
  const options = parseOptions(text, query);
  if (scheme === 'exec' || !body.startsWith('//')) {
    if (needsHost.has(scheme)) throw invalid(text, 'it has no host', `'${scheme}://host'`);
    return { scheme, path: decode(text, body), options, fragment };
  }
  const slash = body.indexOf('/', 2);
  const authority = body.slice(2, slash < 0 ? undefined : slash);
  const path = slash < 0 ? '' : decode(text, body.slice(slash));
  if (authority === '') {
    if (needsHost.has(scheme)) throw invalid(text, 'the host is missing', `'${scheme}://host'`);
    return { scheme, path, options, fragment };
  }
  if (hasNoHost.has(scheme)) {
    throw invalid(
      text,
      `'${authority}' stands where a host would, and ${scheme}: has none`,
      `'${scheme}:///path'`,
    );
  }
  if (hostThenTree.has(scheme) && path !== '' && fragment !== undefined) {
    throw invalid(text, 'it has two paths', `'${scheme}://host/path' (a # in a name is written %23)`);
  }
  return { scheme, ...parseAuthority(text, scheme, authority), path, options, fragment };
}

function parseAuthority(
  text: string,
  scheme: string,
  authority: string,
): Pick<Address, 'user' | 'host' | 'port'> {
  const [name, server] = splitAtLast(authority, '@');
  const user = server === undefined ? undefined : decode(text, name);
  if (user === '') throw invalid(text, 'the user before the @ is missing', `'${scheme}://user@host'`);
  const parts = /^(?:\[([^[\]]*:[^[\]]*)\]|([^:[\]]*))(?::([^:]*))?$/.exec(server ?? name);
  if (!parts) {
    throw invalid(
      text,
      'the host is unclear',
      `'${scheme}://host:port', with IPv6 in brackets: '${scheme}://[::1]:564'`,
    );
  }
  const host = parseHost(text, decode(text, parts[1] ?? parts[2]));
  return { user, host, port: parts[3] === undefined ? defaultPorts[scheme] : parsePort(text, parts[3]) };
}

function parseHost(text: string, host: string): string {
  if (host === '')
    throw invalid(text, 'the host is missing', "'localhost', '192.0.2.1', '[::1]' or '*' (for all)");
  // eslint-disable-next-line no-control-regex
  if (/[\0-\x20\x7f/\\?#@[\]]/.test(host)) {
    throw invalid(
      text,
      `${JSON.stringify(host)} is no name of a host`,
      "'localhost', '192.0.2.1' or '[::1]'",
    );
  }
  return host;
}

function parsePort(text: string, digits: string): number {
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : Infinity;
  if (port > 65535) throw invalid(text, `'${digits}' is no port`, 'a number from 0 to 65535');
  return port;
}

function parseOptions(text: string, query: string | undefined): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const option of query ? query.split('&') : []) {
    const equals = option.indexOf('=');
    const key = decode(text, equals < 0 ? option : option.slice(0, equals));
    if (key === '') throw invalid(text, 'an option has no name', "'?name=value&name'");
    if (options.has(key)) throw invalid(text, `the option '${key}' is there twice`, 'each option once');
    options.set(key, equals < 0 ? '' : decode(text, option.slice(equals + 1)));
  }
  return options;
}

function parseFragment(text: string, fragment: string): string {
  if (!fragment.startsWith('/')) {
    throw invalid(
      text,
      'what follows the # is no path',
      "'#/path in the tree' (a # in a name is written %23)",
    );
  }
  return fragment;
}

/** Plan 9's dial string, dial(2): `net` is any network, which is TCP here; the service is a number or a name. */
function parseDial(text: string, network: string, rest: string): Address {
  const [front, tail] = splitAtLast(rest, '#');
  const fragment = tail === undefined ? undefined : parseFragment(text, tail);
  const options = new Map<string, string>();
  switch (network) {
    case 'unix':
      return { scheme: 'unix', path: front, options, fragment };
    case 'net':
    case 'tcp':
    case 'tls': {
      const [host, service = '9fs', ...more] = front.split('!');
      if (more.length > 0) throw invalid(text, 'there are too many !', `'${network}!host!service'`);
      return {
        scheme: network === 'net' ? 'tcp' : network,
        host: parseHost(text, host.replace(/^\[(.*)\]$/s, '$1')),
        port: services[service] ?? parsePort(text, service),
        path: '',
        options,
        fragment,
      };
    }
    default:
      throw invalid(
        text,
        `'${network}' is no network`,
        "'tcp!host!port', 'net!host!9fs', 'tls!host!port' or 'unix!/path'",
      );
  }
}

function formatAuthority({ scheme, user, host, port, path }: Address): string {
  if (host === undefined) return path.startsWith(scheme === 'unix' ? '/' : '//') ? '//' : '';
  const who = user === undefined ? '' : `${encode(user, USER)}@`;
  const where = host.includes(':') ? `[${encode(host, PATH)}]` : encode(host, PATH);
  return `//${who}${where}${port === undefined ? '' : `:${port}`}`;
}

function formatOptions(options: ReadonlyMap<string, string>): string {
  const list = Array.from(options, ([key, value]) =>
    value === '' ? encode(key, OPTION) : `${encode(key, OPTION)}=${encode(value, OPTION)}`,
  );
  return list.length > 0 ? `?${list.join('&')}` : '';
}

function splitAtLast(text: string, mark: string): [string, string | undefined] {
  const at = text.lastIndexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text: string, part: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(part);
  } catch {
    throw invalid(
      text,
      'a % is not followed by the hexadecimal digits of a UTF-8 byte',
      '%25 for a % itself',
    );
  }
  if (decoded.includes('\0')) throw invalid(text, 'it holds a zero byte', 'no name holds one');
  return decoded;
}

/** What must not stand as it is in each part: what separates parts, and what would break a line or a word. */
/* eslint-disable no-control-regex */
const PATH = /[\0-\x20\x7f%#?]/g;
const OPTION = /[\0-\x20\x7f%#?&=]/g;
const USER = /[\0-\x20\x7f%#?/@]/g;
const COMMAND = /[\0-\x1f\x7f%#]/g;
/* eslint-enable no-control-regex */

function encode(part: string, unsafe: RegExp): string {
  return part.replace(unsafe, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

function invalid(text: string, wrong: string, right: string): TransportError {
  return new TransportError(
    'EINVAL',
    `bad address ${JSON.stringify(text)}: ${wrong}; expected ${right}`,
    text,
  );
}

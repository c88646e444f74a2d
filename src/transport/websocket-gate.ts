/** Who may open a WebSocket: a browser sends along every page's wishes, so the page and the token are looked at. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isLoopback } from './loopback.ts';
import type { ListenOptions } from './options.ts';

export interface Refusal {
  readonly status: 401 | 403;
  readonly reason: string;
}

/** Why a request is not let in; undefined, if it is. */
export function refusalOf(
  request: IncomingMessage,
  options: Pick<ListenOptions, 'origins' | 'token'>,
): Refusal | undefined {
  if (options.token !== undefined && !sameSecret(presentedToken(request), options.token)) {
    return { status: 401, reason: 'no token, or a wrong one' };
  }
  const { origin } = request.headers;
  if (origin === undefined || options.origins?.includes(origin) || isOwnPage(origin, request, options))
    return undefined;
  return { status: 403, reason: `the page ${origin} may not connect` };
}

/**
 * A page from the same host and port. Without a token only where that host is this machine by name: a foreign name
 * may be made to point here (DNS rebinding), and its pages would be of the same host too.
 */
function isOwnPage(
  origin: string,
  { headers }: IncomingMessage,
  { token }: Pick<ListenOptions, 'token'>,
): boolean {
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  return (
    page.host === headers.host &&
    (token !== undefined || isLoopback(page.hostname.replace(/^\[(.*)\]$/, '$1')))
  );
}

function presentedToken({ headers, url }: IncomingMessage): string {
  const bearer = /^Bearer +(.+)$/i.exec(headers.authorization ?? '');
  if (bearer) return bearer[1];
  const query = /\?(.*)$/.exec(url ?? '');
  return new URLSearchParams(query?.[1] ?? '').get('token') ?? '';
}

/** Takes as long for a token that is nearly right as for one that is not. */
function sameSecret(one: string, two: string): boolean {
  return timingSafeEqual(
    createHash('sha256').update(one).digest(),
    createHash('sha256').update(two).digest(),
  );
}

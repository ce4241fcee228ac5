import { AppError } from '../errors.ts';

/** What a guard looks at. */
export interface GuardedRequest {
  method: string;
  header(name: string): string | undefined;
  cookie(name: string): string | undefined;
}

/** What tells our own site from others. */
export interface OwnSite {
  origin: string;
  /** Names of all our cookies. */
  cookies: readonly string[];
}

/**
 * `page`: people come to it from anywhere. `api`: called by our own pages and by programs.
 * `program`: called by programs alone.
 */
export type RouteKind = 'page' | 'api' | 'program';

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses what another site makes a browser send. API routes take no cross-site fetches, but may
 * be gone to, as by the redirect that ends a sign-in; unsafe methods with a cookie of ours need our
 * own origin and a header that forms can't send, whatever else the request carries. Without such a
 * cookie there is nothing that a browser adds by itself and that we would act on.
 *
 * @param site undefined if it isn't known; then every cookie counts as ours.
 * @throws AppError `csrf_rejected`.
 * @see https://www.w3.org/TR/fetch-metadata/
 * @see draft-ietf-oauth-browser-based-apps section 6.1.3.3
 */
export function assertOwnSite(
  request: GuardedRequest,
  kind: RouteKind,
  site: OwnSite | undefined,
): void {
  const from = request.header('sec-fetch-site');
  if (kind === 'program') {
    assertNoPage(request, from);
    return;
  }
  if (kind === 'api' && from === 'cross-site' && !isNavigation(request)) throw rejected();
  if (safeMethods.has(request.method) || !hasOwnCookie(request, site)) return;
  const origin = request.header('origin');
  const isOwn = origin !== undefined && origin === site?.origin;
  const sameOrigin = from === 'same-origin' && (origin === undefined || isOwn);
  const sameOriginWithoutMetadata = from === undefined && isOwn;
  const marked = request.header('x-csrf') === '1';
  if (!marked || !(sameOrigin || sameOriginWithoutMetadata)) throw rejected();
}

/** Reads cookies with the same parser as the handlers, so that the two can't disagree. */
function hasOwnCookie(request: GuardedRequest, site: OwnSite | undefined): boolean {
  if (!site) return request.header('cookie') !== undefined;
  return site.cookies.some((name) => request.cookie(name) !== undefined);
}

/** No page makes a browser ask: what comes back is for programs. */
function assertNoPage(request: GuardedRequest, from: string | undefined): void {
  if (request.header('origin') === undefined && (from ?? 'none') === 'none') return;
  throw new AppError('csrf_rejected', { detail: 'This is for programs, not for web pages.' });
}

/** A person goes to the address itself: not an image, a frame or a script that loads it. */
function isNavigation(request: GuardedRequest): boolean {
  return (
    request.method === 'GET' &&
    request.header('sec-fetch-mode') === 'navigate' &&
    request.header('sec-fetch-dest') === 'document'
  );
}

/** A browser that fetches ahead must not start or finish a sign-in. */
export function assertNoPrefetch(request: Pick<GuardedRequest, 'header'>): void {
  const purpose = request.header('sec-purpose') ?? request.header('purpose') ?? '';
  if (purpose.includes('prefetch')) {
    throw new AppError('invalid_request', { detail: 'This page can’t be fetched ahead.' });
  }
}

function rejected(): AppError {
  return new AppError('csrf_rejected', {
    detail: 'Send it from a page of this site, with the header X-CSRF: 1.',
  });
}

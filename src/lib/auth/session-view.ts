import type { TokenStatus, TokenStore } from './ports.ts';
import { type LiveSession, publicSessionId } from './session.ts';

/** The answer of `GET /session`. Times are ISO 8601 in UTC. */
export interface SessionView {
  id: string;
  kind: 'browser' | 'device';
  createdAt: string;
  idleExpiresAt: string;
  expiresAt: string;
  user: { id: string; tenantId: string; name?: string; username?: string };
  state: 'active' | 'reauth_required';
  reason?: string;
  scopes: readonly string[];
  accessTokenExpiresAt?: string;
  lastRefreshedAt?: string;
  lastRefreshedBy?: 'timer' | 'request';
  nextRefreshAt?: string;
  /** When the refresh token lapses if nobody uses it before. */
  reauthBy?: string;
  loginUrl: string;
}

/** @see https://learn.microsoft.com/entra/identity-platform/refresh-tokens: 90 days of inactivity */
const refreshTokenLifetimeMs = 90 * 24 * 60 * 60 * 1000;

export async function viewSession(
  { tokens }: { tokens: TokenStore },
  session: LiveSession,
  loginUrl: string,
): Promise<SessionView> {
  const status = await tokens.readAccessToken(session.user, session.flow);
  const { identity } = session;
  return {
    id: publicSessionId(session.key),
    kind: session.kind,
    createdAt: iso(session.createdAt),
    idleExpiresAt: iso(session.idleExpiresAt),
    expiresAt: iso(session.expiresAt),
    user: {
      id: identity.oid,
      tenantId: identity.tid,
      ...(identity.name && { name: identity.name }),
      ...(identity.username && { username: identity.username }),
    },
    ...(status ? viewTokens(status) : missingTokens),
    loginUrl,
  };
}

const missingTokens = { state: 'reauth_required', reason: 'tokens_missing', scopes: [] } as const;

function viewTokens(status: TokenStatus) {
  return {
    state: 'active',
    scopes: status.scopes,
    accessTokenExpiresAt: iso(status.accessTokenExpiresAt),
    lastRefreshedAt: iso(status.refreshedAt),
    lastRefreshedBy: status.refreshedBy,
    nextRefreshAt: iso(status.dueAt),
    reauthBy: iso(status.refreshedAt + refreshTokenLifetimeMs),
  } as const;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

import { type ActivityDependencies, noteActivity } from './activity.ts';
import type { TokenStatus } from './ports.ts';
import type { TokenGate } from './refresh/gate.ts';
import { type LiveSession, publicSessionId } from './session.ts';

/** The answer of `GET /session`. Times are ISO 8601 in UTC. */
export interface SessionView {
  id: string;
  kind: 'browser' | 'device';
  createdAt: string;
  idleExpiresAt: string;
  expiresAt: string;
  user: { id: string; tenantId: string; name?: string; username?: string };
  /** `degraded`: the last refresh failed; while the access token is valid nobody notices. */
  state: 'active' | 'degraded' | 'reauth_required';
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
  dependencies: ActivityDependencies & { gate: Pick<TokenGate, 'isOpen'> },
  session: LiveSession,
  loginUrl: string,
): Promise<SessionView> {
  const stored = await dependencies.tokens.readAccessToken(session.user, session.flow);
  const status = stored && (await noteActivity(dependencies, stored));
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
    ...(status ? viewTokens(status, dependencies.gate) : missingTokens),
    loginUrl,
  };
}

const missingTokens = { state: 'reauth_required', reason: 'tokens_missing', scopes: [] } as const;

function viewTokens(status: TokenStatus, gate: Pick<TokenGate, 'isOpen'>) {
  const tokens = {
    scopes: status.scopes,
    accessTokenExpiresAt: iso(status.accessTokenExpiresAt),
    lastRefreshedAt: iso(status.refreshedAt),
    lastRefreshedBy: status.refreshedBy,
  };
  if (status.state === 'reauth_required') {
    return { state: status.state, ...(status.reason && { reason: status.reason }), ...tokens };
  }
  const isDegraded = status.failures > 0 || gate.isOpen(status.tenantId);
  return {
    state: isDegraded ? 'degraded' : 'active',
    ...tokens,
    nextRefreshAt: iso(status.dueAt),
    reauthBy: iso(status.refreshedAt + refreshTokenLifetimeMs),
  } as const;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

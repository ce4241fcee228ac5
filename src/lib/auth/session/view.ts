import type { components } from '../../../web/openapi.d.ts';
import { iso } from '../../basics/time-text.ts';
import type { Core } from '../core.ts';
import type { TokenStatus, Versioned } from '../ports.ts';
import { gateKey } from '../refresh/gate.ts';
import { noteActivity } from '../tokens/activity.ts';
import { isMissing } from '../tokens/missing-access-token.ts';
import { type LiveSession, publicSessionId } from './session.ts';

/** The answer of `GET /session`. */
type SessionView = components['schemas']['Session'];

/** @see https://learn.microsoft.com/entra/identity-platform/refresh-tokens: 90 days of inactivity */
const refreshTokenLifetimeMs = 90 * 24 * 60 * 60 * 1000;

export async function viewSession(
  core: Pick<Core, 'tokens' | 'refreshPolicy' | 'gate' | 'now' | 'log'>,
  session: LiveSession,
  loginUrl: string,
): Promise<SessionView> {
  const stored = await readUsable(core, session);
  const status = stored && (await noteActivity(core, stored));
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
    ...(status ? viewTokens(status, isDegraded(status, core)) : missingTokens),
    ...(session.kind === 'browser' && { loginUrl }),
  };
}

/** The status of tokens that are of use: where the access token is not, the cache has to be. */
async function readUsable(
  { tokens }: Pick<Core, 'tokens'>,
  { user, flow }: LiveSession,
): Promise<Versioned<TokenStatus> | undefined> {
  const stored = await tokens.readAccessToken(user, flow);
  return stored && isMissing(stored.accessToken) ? tokens.read(user, flow) : stored;
}

const missingTokens = {
  state: 'reauth_required' as const,
  reason: 'tokens_missing',
  scopes: [] as string[],
};

/** Milliseconds after which tokens that were due are no longer about to be refreshed. */
const longestOverdueMs = 2 * 60 * 1000;

function isDegraded(status: TokenStatus, { gate, now }: Pick<Core, 'gate' | 'now'>): boolean {
  const isLate = now() - status.dueAt > longestOverdueMs;
  const isIncomplete = status.accessTokenExpiresAt === 0;
  return status.failures > 0 || gate.isOpen(gateKey(status)) || isLate || isIncomplete;
}

function viewTokens(status: TokenStatus, degraded: boolean) {
  const tokens = {
    scopes: [...status.scopes],
    ...(status.accessTokenExpiresAt > 0 && {
      accessTokenExpiresAt: iso(status.accessTokenExpiresAt),
    }),
    lastRefreshedAt: iso(status.refreshedAt),
    lastRefreshedBy: status.refreshedBy,
  };
  if (status.state === 'reauth_required') {
    return { state: status.state, ...(status.reason && { reason: status.reason }), ...tokens };
  }
  return {
    state: degraded ? 'degraded' : 'active',
    ...tokens,
    nextRefreshAt: iso(status.dueAt),
    reauthBy: iso(status.refreshedAt + refreshTokenLifetimeMs),
  } as const;
}

import type { SignInTransaction } from '../../src/lib/auth/sign-in/authorization-request.ts';
import {
  type AuthorizationResponse,
  completeSignIn,
} from '../../src/lib/auth/sign-in/authorization-response.ts';
import { AppError } from '../../src/lib/errors.ts';
import { createManualClock, startTime } from './clock.ts';
import { clientId, idToken, issuerOf, tenantId } from './id-tokens.ts';
import { createMemoryConsumedStateStore } from './memory/consumed-state-store.ts';
import { createMemorySessionStore } from './memory/session-store.ts';
import { createFakeTokenClient } from './memory/token-client.ts';
import { createMemoryTokenStore } from './memory/token-store.ts';
import { noLimits, openGate } from './no-limits.ts';
import { createRecordingLog } from './recording-log.ts';
import { refreshPolicy, sessionPolicy } from './refresh-policy.ts';

export const transaction: SignInTransaction = {
  state: 'state-1',
  nonce: 'nonce-1',
  codeVerifier: 'verifier-1',
  returnTo: '/inbox',
  scopes: ['User.Read'],
  claims: undefined,
  createdAt: startTime,
};

/** A sign-in on memory, up to the callback. @param maxRedemptions that count; more are throttled. */
export function createSignIn({ maxRedemptions = 100 } = {}) {
  /** Addresses of the redemptions that count. */
  const counted: (string | undefined)[] = [];
  /** Gates whose budget a token call took a share of. */
  const spent: string[] = [];
  const clock = createManualClock();
  const tokenClient = createFakeTokenClient(clock);
  tokenClient.idToken = idToken();
  const tokens = createMemoryTokenStore();
  const sessions = createMemorySessionStore();
  const log = createRecordingLog();
  const core: Parameters<typeof completeSignIn>[0] = {
    tokenClient,
    tokens,
    sessions,
    states: createMemoryConsumedStateStore(),
    gate: {
      ...openGate,
      spend(key) {
        spent.push(key);
      },
    },
    limits: {
      ...noLimits,
      async redemptions(address) {
        if (counted.length >= maxRedemptions) {
          throw new AppError('throttled', { retryAfterSeconds: 601 });
        }
        counted.push(address);
        return async () => {
          counted.pop();
        };
      },
    },
    clients: { code: { clientId, scopes: [] }, device: undefined },
    allowedTenants: [tenantId],
    issuerOf,
    sessionPolicy,
    refreshPolicy,
    now: clock.now,
    log,
  };
  return {
    ...{ clock, tokenClient, tokens, sessions, log, counted, spent },
    core,
    callback: (
      response: Partial<AuthorizationResponse> = {},
      kept: SignInTransaction = transaction,
      sessionSecret?: string,
    ) =>
      completeSignIn(
        core,
        { ...goodResponse, ...response },
        { transaction: kept, sessionSecret, client },
      ),
    withoutCookie: () =>
      completeSignIn(core, goodResponse, {
        ...{ transaction: undefined, sessionSecret: undefined, client },
      }),
  };
}

const client = { address: '192.0.2.1', userAgent: 'Browser/1' };

const goodResponse: AuthorizationResponse = {
  state: 'state-1',
  code: 'code-1',
  error: undefined,
  iss: undefined,
};

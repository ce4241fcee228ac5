import type { TokenRecord, TokenStore, UsableToken } from '../../src/lib/auth/ports.ts';
import { countedAs } from '../../src/lib/auth/refresh/counter.ts';
import { createTokenGate, type TokenGate } from '../../src/lib/auth/refresh/gate.ts';
import { createLeaseWatch } from '../../src/lib/auth/refresh/lease-watch.ts';
import type { CountedOutcome, RefreshCounts } from '../../src/lib/auth/refresh/ports.ts';
import type { RefreshPolicy } from '../../src/lib/auth/refresh/schedule.ts';
import type { AccessTokenCore } from '../../src/lib/auth/tokens/access-token.ts';
import { rememberTokens } from '../../src/lib/auth/tokens/remembered-tokens.ts';
import { createSingleFlight } from '../../src/lib/auth/tokens/single-flight.ts';
import { createManualClock } from './clock.ts';
import { createMemorySessionStore } from './memory/session-store.ts';
import { createFakeTokenClient } from './memory/token-client.ts';
import { createMemoryTokenStore } from './memory/token-store.ts';
import { createRecordingLog } from './recording-log.ts';
import { refreshPolicy as defaultPolicy, sessionPolicy, testClient } from './refresh-policy.ts';
import { newSession, newUser, tokenRecord } from './token-records.ts';

export interface Instance {
  tokens?: TokenStore;
  gate?: TokenGate;
  policy?: Partial<RefreshPolicy>;
}

/** A user who signed in at the start, with tokens for an hour, and what refreshes them. */
export async function createRefreshing(fields: Partial<TokenRecord> = {}) {
  const clock = createManualClock();
  const tokens = createMemoryTokenStore();
  const sessions = createMemorySessionStore();
  const tokenClient = createFakeTokenClient(clock);
  const user = newUser();
  const session = newSession();
  await tokens.signIn(tokenRecord({ user, ...fields }), session);
  const log = createRecordingLog();
  const counted: CountedOutcome[] = [];
  const counts: RefreshCounts = { refreshed: 0, failed: 0, reauthRequired: 0, poisoned: 0 };
  /** Times until which a breaker was reported as open; undefined: closed. */
  const breakerReports: (number | undefined)[] = [];

  const newGate = () =>
    createTokenGate({
      budgetPerSecond: 50,
      severalTenants: false,
      now: clock.now,
      sleep: clock.sleep,
      log,
      report: async (_client, openUntil) => {
        breakerReports.push(openUntil);
      },
    });

  /** What one instance has; several share the store. */
  function instance({ tokens: store = tokens, gate = newGate(), policy = {} }: Instance = {}) {
    const remembering = rememberTokens(store, { now: clock.now });
    return {
      tokens: remembering,
      recall: remembering.recall,
      tokenClient,
      gate,
      leases: createLeaseWatch({ now: clock.now }),
      refreshPolicy: { ...defaultPolicy, ...policy },
      clients: { code: testClient, device: testClient },
      now: clock.now,
      sleep: clock.sleep,
      count: (outcome: CountedOutcome) => {
        counts[countedAs(outcome)] += 1;
        counted.push(outcome);
      },
      log,
      sessions,
      sessionPolicy,
      singleFlight: createSingleFlight<UsableToken>(),
      /** Nobody loses it in a test, unless it says so. */
      timeout: (_ms: number): Promise<void> => new Promise(() => {}),
    } satisfies AccessTokenCore;
  }

  async function record() {
    const present = await tokens.read(user, fields.flow ?? 'code');
    if (!present) throw new Error('the record is not there');
    return present;
  }

  const signOut = () => tokens.signOut(user, [session.hash], { now: clock.now(), retainMs: 0 });

  return {
    ...{
      clock,
      tokens,
      sessions,
      tokenClient,
      user,
      session,
      log,
      counts,
      counted,
      breakerReports,
    },
    ...{ instance, newGate, record, signOut },
  };
}

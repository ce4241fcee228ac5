import type { AccessTokenDependencies } from '../../src/lib/auth/access-token.ts';
import type { AccessToken, TokenRecord, TokenStore } from '../../src/lib/auth/ports.ts';
import { createSingleFlight } from '../../src/lib/auth/single-flight.ts';
import { createManualClock, minutes } from './clock.ts';
import { createFakeTokenClient } from './memory/token-client.ts';
import { createMemoryTokenStore } from './memory/token-store.ts';
import { createRecordingLog } from './recording-log.ts';
import { newSession, newUser, tokenRecord } from './token-records.ts';

/** A user who signed in at the start, with tokens for an hour, and what refreshes them. */
export async function createRefreshing(fields: Partial<TokenRecord> = {}) {
  const clock = createManualClock();
  const tokens = createMemoryTokenStore();
  const tokenClient = createFakeTokenClient(clock);
  const user = newUser();
  const session = newSession();
  await tokens.signIn(tokenRecord({ user, ...fields }), session);
  const log = createRecordingLog();

  const refreshPolicy = { leadMs: 15 * minutes, random: () => 0 };
  const shared = { tokenClient, refreshPolicy, now: clock.now, sleep: clock.sleep, log };

  /** What one instance has; several share the store. */
  function instance(store: TokenStore = tokens): AccessTokenDependencies & typeof shared {
    return { ...shared, tokens: store, singleFlight: createSingleFlight<AccessToken>() };
  }

  async function record() {
    const present = await tokens.read(user, 'code');
    if (!present) throw new Error('the record is not there');
    return present;
  }

  const signOut = () => tokens.signOut(user, [session.hash], clock.now());

  return { clock, tokens, tokenClient, user, log, instance, record, signOut };
}

import type { TokenRecord } from '../../src/lib/auth/ports.ts';
import { clean } from '../../src/lib/auth/refresh/janitor.ts';
import type { SessionEntry } from '../../src/lib/auth/session/ports.ts';
import { sessionKey } from '../../src/lib/auth/session/session.ts';
import { createManualClock, days, startTime } from './clock.ts';
import { createMemoryConsumedStateStore } from './memory/consumed-state-store.ts';
import { createMemoryDeviceStore } from './memory/device-store.ts';
import { createMemoryHeartbeatStore } from './memory/heartbeat-store.ts';
import { createMemorySessionStore } from './memory/session-store.ts';
import { createMemoryTokenStore } from './memory/token-store.ts';
import { createRecordingLog } from './recording-log.ts';
import { refreshPolicy, sessionPolicy } from './refresh-policy.ts';
import { newSession, newUser, tokenRecord } from './token-records.ts';

/** Stores, people who sign in, and a janitor. */
export function createCleaning() {
  const clock = createManualClock();
  const tokens = createMemoryTokenStore();
  const sessions = createMemorySessionStore();
  const states = createMemoryConsumedStateStore();
  const devices = createMemoryDeviceStore();
  const heartbeats = createMemoryHeartbeatStore();
  const log = createRecordingLog();
  const stores = { tokens, sessions, states, devices, heartbeats };

  async function signIn({
    user = newUser(),
    session = newSession(startTime + days),
    ...record
  }: Partial<TokenRecord> & { session?: SessionEntry } = {}) {
    await tokens.signIn(tokenRecord({ user, ...record }), session);
    await sessions.create(sessionKey(session), {
      ...{ user, flow: 'code', kind: 'browser', lastSeenAt: clock.now() },
      identity: { oid: 'oid', tid: 'tid', name: undefined, username: undefined },
      ...{ createdAt: session.createdAt, expiresAt: session.expiresAt },
    });
    return { user, session, key: sessionKey(session) };
  }

  const run = (given: Partial<Parameters<typeof clean>[0]> = {}) =>
    clean({
      ...stores,
      rotateKeys: async () => false,
      sessionPolicy,
      refreshPolicy,
      now: clock.now,
      log,
      ...given,
    });

  return { ...stores, clock, log, signIn, run };
}

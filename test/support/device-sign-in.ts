import { pollDeviceSignIn } from '../../src/lib/auth/device/poll.ts';
import { startDeviceSignIn } from '../../src/lib/auth/device/start.ts';
import { findSession } from '../../src/lib/auth/session/session.ts';
import { createManualClock } from './clock.ts';
import { clientId, idToken, issuerOf, tenantId } from './id-tokens.ts';
import { createMemoryDeviceStore } from './memory/device-store.ts';
import { createMemorySessionStore } from './memory/session-store.ts';
import { createFakeTokenClient } from './memory/token-client.ts';
import { createMemoryTokenStore } from './memory/token-store.ts';
import { noLimits } from './no-limits.ts';
import { createRecordingLog } from './recording-log.ts';
import { refreshPolicy, sessionPolicy, testClient } from './refresh-policy.ts';
import { refuse } from './token-faults.ts';

export const deviceScopes = ['User.Read', 'Mail.Read'];
export const deviceClient = { address: '192.0.2.7', userAgent: 'Device/1' };

/** A device sign-in on memory, whose user approves at once. */
export function createDeviceSignIn() {
  const clock = createManualClock();
  const tokenClient = createFakeTokenClient(clock);
  tokenClient.idToken = idToken({ nonce: undefined });
  const tokens = createMemoryTokenStore();
  const sessions = createMemorySessionStore();
  const log = createRecordingLog();
  const core: Parameters<typeof startDeviceSignIn>[0] & Parameters<typeof pollDeviceSignIn>[0] = {
    ...{ tokenClient, tokens, sessions, log, sessionPolicy, refreshPolicy },
    devices: createMemoryDeviceStore(),
    clients: { code: testClient, device: { clientId, scopes: deviceScopes } },
    ...{ allowedTenants: [tenantId], issuerOf, limits: noLimits },
    now: clock.now,
  };
  return {
    ...{ clock, tokenClient, tokens, sessions, log, core },
    start: () => startDeviceSignIn(core, deviceClient),
    poll: (handle: string) => pollDeviceSignIn(core, handle, deviceClient),
    find: (secret: string, kind: 'browser' | 'device') =>
      findSession({ sessions, sessionPolicy, now: clock.now }, secret, kind),
  };
}

/** For {@link createDeviceSignIn}'s endpoint: the user has not decided. */
export const pending = refuse({ error: 'authorization_pending' });

/** A device sign-in that was started, and may be polled. */
export async function startedDeviceSignIn() {
  const signIn = createDeviceSignIn();
  const { handle } = await signIn.start();
  return {
    ...signIn,
    handle,
    ask: () => signIn.poll(handle),
    /** Token calls of polls so far. */
    polls: () => signIn.tokenClient.devicePolls.length,
  };
}

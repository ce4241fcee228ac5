import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  absentUse,
  healthUse,
  refreshUse,
  requestUse,
  signInUse,
  tokenStoreUse,
} from '../../bench/simulate/operations.ts';
import { type Azurite, startAzurite } from '../../dev/azurite.ts';
import { readServiceLevel } from '../../src/lib/auth/refresh/service-level.ts';
import { refreshDueUser } from '../../src/lib/auth/refresh/worker.ts';
import { openSession } from '../../src/lib/auth/session/open-session.ts';
import { findSession } from '../../src/lib/auth/session/session.ts';
import { accessTokenFor } from '../../src/lib/auth/tokens/access-token.ts';
import { type UserHash, userHash } from '../../src/lib/auth/user.ts';
import { createConsumedStateStore } from '../../src/lib/storage/consumed-state-store.ts';
import { createHeartbeatStore } from '../../src/lib/storage/heartbeat-store.ts';
import { createSessionStore } from '../../src/lib/storage/session-store.ts';
import { createTable } from '../../src/lib/storage/table.ts';
import { createTokenStore } from '../../src/lib/storage/token-store.ts';
import { days, hours, minutes, startTime } from '../support/clock.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { createMemoryRefreshQueue } from '../support/memory/refresh-queue.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { refreshPolicy } from '../support/refresh-policy.ts';
import { createRefreshing } from '../support/refreshing.ts';
import { newSealer } from '../support/sealer.ts';
import { openTable } from '../support/table-dump.ts';
import { newSession, newUser, tokenRecord } from '../support/token-records.ts';

let azurite: Azurite;
let proxy: FaultProxy;

beforeAll(async () => {
  azurite = await startAzurite();
  proxy = await startFaultProxy(azurite.tableOrigin);
  for (const name of ['tokens', 'sessions', 'sids', 'states', 'heartbeats']) {
    await openTable(azurite.connectionString, name).createTable();
  }
});

afterAll(async () => {
  await proxy.close();
  await azurite.close();
});

function table(name: string) {
  const connectionString = azurite.connectionString.replace(azurite.tableOrigin, proxy.origin);
  return createTable(name, { kind: 'connection-string', connectionString });
}

/** The real stores, a token client that always issues, and a clock. */
async function createApp() {
  const log = createRecordingLog();
  const stored = { sealer: newSealer({ now: () => startTime, log }), log };
  const tokens = createTokenStore({ table: table('tokens'), ...stored });
  const sidTable = table('sids');
  const sessions = createSessionStore({ table: table('sessions'), sidTable, ...stored });
  const states = createConsumedStateStore(table('states'));
  const { clock, instance, tokenClient } = await createRefreshing();
  const app = { ...instance({ tokens, policy: { retainMs: 365 * days } }), sessions };
  return { app, clock, tokens, sessions, states, tokenClient };
}

/** @returns how many requests an operation makes to the tables. */
async function requestsOf(operation: () => Promise<unknown>): Promise<number> {
  const before = proxy.requests.length;
  await operation();
  return proxy.requests.length - before;
}

const identity = { oid: 'oid', tid: 'tid', name: undefined, username: undefined };
const sid = 'a-session-of-the-identity-provider';

async function signIn({ app, tokenClient, states }: Awaited<ReturnType<typeof createApp>>) {
  const request = { code: 'code', codeVerifier: '', nonce: '', scopes: ['User.Read'] };
  await states.consume(randomBytes(16).toString('hex'), app.now());
  const issued = await tokenClient.redeem(request);
  const person = { ...identity, oid: randomBytes(8).toString('hex'), sid, loginHint: undefined };
  const client = { address: undefined, userAgent: undefined };
  const { sessionSecret } = await openSession(app, person, issued, { flow: 'code', client });
  return { sessionSecret, user: userHash(person) };
}

describe('requests to the tables', () => {
  it('of a sign-in', async () => {
    const app = await createApp();
    expect(await requestsOf(() => signIn(app))).toBe(signInUse.tableRequests);
  });

  it('of a request, at once and when activity is noted', async () => {
    const { app, clock, ...more } = await createApp();
    const { sessionSecret, user } = await signIn({ app, clock, ...more });
    const ask = async () => {
      expect(await findSession(app, sessionSecret, 'browser')).toBeDefined();
      await accessTokenFor(app, user, 'code');
    };
    expect(await requestsOf(ask)).toBe(requestUse.tableRequests);
    // Another that comes soon finds its token in memory.
    expect(await requestsOf(ask)).toBe(requestUse.tableRequests - 1);
    clock.advance(6 * minutes);
    const { tableRequests, activityRequests } = requestUse;
    expect(await requestsOf(ask)).toBe(tableRequests + activityRequests);
  });

  it('of a hot user’s refresh', async () => {
    const { app, tokens, tokenClient } = await createApp();
    const user = newUser();
    await tokens.signIn(tokenRecord({ user, dueAt: startTime }), newSession());
    const mark = { user, flow: 'code', state: 'active', dueAt: startTime } as const;
    expect(await requestsOf(() => refreshDueUser(app, mark))).toBe(refreshUse.tableRequests);
    expect(tokenClient.refreshes).toBe(refreshUse.tokenCalls);
  });

  it('of an absent user’s keep-alive', async () => {
    const { app, tokens, tokenClient } = await createApp();
    const user = newUser();
    const refreshedAt = startTime - refreshPolicy.keepAliveMs;
    const ago = { refreshedAt, lastSeenAt: refreshedAt, sessionsEndAt: refreshedAt + 8 * hours };
    const session = newSession();
    await tokens.signIn(tokenRecord({ user, dueAt: startTime, ...ago }), session);
    const ended = { now: ago.sessionsEndAt, retainMs: 365 * days };
    await tokens.signOut(user, [session.hash], ended);
    const mark = { user, flow: 'code', state: 'active', dueAt: startTime } as const;
    expect(await requestsOf(() => refreshDueUser(app, mark))).toBe(
      absentUse.tableRequests + refreshUse.tableRequests,
    );
    expect(tokenClient.refreshes).toBe(1);
  });

  it('of a health check of refresh', async () => {
    const look = () =>
      readServiceLevel({
        heartbeats: createHeartbeatStore(table('heartbeats')),
        queue: createMemoryRefreshQueue(),
        sweepTimes: { staleBefore: (now) => now, startingUntil: () => 0 },
        now: () => startTime,
      });
    expect(await requestsOf(look)).toBe(healthUse.tableRequests);
  });
});

describe('requests of the token store', () => {
  const someone = async () => {
    const { tokens } = await createApp();
    const user = newUser();
    await tokens.signIn(tokenRecord({ user }), newSession());
    const record = await tokens.read(user, 'code');
    if (!record) throw new Error('nobody is there');
    return { tokens, user, record };
  };
  type Someone = Awaited<ReturnType<typeof someone>>;
  const nobody: UserHash = newUser();

  it.each<[keyof typeof tokenStoreUse, (of: Someone) => Promise<unknown>]>([
    ['read', ({ tokens, user }) => tokens.read(user, 'code')],
    ['readAccessToken', ({ tokens, user }) => tokens.readAccessToken(user, 'code')],
    ['readStatus', ({ tokens, user }) => tokens.readStatus(user, 'code')],
    ['update', ({ tokens, record }) => tokens.update(record, { ...record, dueAt: startTime })],
    ['moveMark', ({ tokens, record }) => tokens.changeStatus(record, { dueAt: startTime })],
    ['changeStatus', ({ tokens, record }) => tokens.changeStatus(record, { lease: undefined })],
    ['signInAgain', ({ tokens, record }) => tokens.signIn(record, newSession())],
    ['sessionsOf', ({ tokens, user }) => tokens.sessionsOf(user)],
    ['signOutNobody', ({ tokens }) => tokens.signOut(nobody, [], { now: startTime, retainMs: 0 })],
    [
      'dropStaleMark',
      ({ tokens, user }) =>
        tokens.dropStaleMark({ user, flow: 'code', state: 'active', dueAt: startTime }),
    ],
    ['postponeMark', ({ tokens, record }) => tokens.postponeMark(record, () => startTime)],
  ])('%s', async (name, use) => {
    const there = await someone();
    expect(await requestsOf(() => use(there))).toBe(tokenStoreUse[name].requests);
  });
});

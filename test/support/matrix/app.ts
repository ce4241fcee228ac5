import { pollDeviceSignIn } from '../../../src/lib/auth/device/poll.ts';
import { startDeviceSignIn } from '../../../src/lib/auth/device/start.ts';
import { forgetUser, revokeUser } from '../../../src/lib/auth/operator/end-user.ts';
import type { DueMark, UsableToken } from '../../../src/lib/auth/ports.ts';
import { createTokenGate } from '../../../src/lib/auth/refresh/gate.ts';
import { clean } from '../../../src/lib/auth/refresh/janitor.ts';
import { createLeaseWatch } from '../../../src/lib/auth/refresh/lease-watch.ts';
import { sweep } from '../../../src/lib/auth/refresh/sweep.ts';
import { refreshDueUser } from '../../../src/lib/auth/refresh/worker.ts';
import { parseBucketedSecret } from '../../../src/lib/auth/session/bucketed-secret.ts';
import { frontChannelSignOut } from '../../../src/lib/auth/session/front-channel.ts';
import { endSession } from '../../../src/lib/auth/session/list.ts';
import type { Ending } from '../../../src/lib/auth/session/ports.ts';
import {
  publicSessionId,
  requireEndingSession,
  requireSession,
} from '../../../src/lib/auth/session/session.ts';
import { forget, signOut, signOutEverywhere } from '../../../src/lib/auth/session/sign-out.ts';
import { completeSignIn } from '../../../src/lib/auth/sign-in/authorization-response.ts';
import { type AccessTokenCore, accessTokenFor } from '../../../src/lib/auth/tokens/access-token.ts';
import { tokenForBackEnd } from '../../../src/lib/auth/tokens/back-end.ts';
import { rememberTokens } from '../../../src/lib/auth/tokens/remembered-tokens.ts';
import { createSingleFlight } from '../../../src/lib/auth/tokens/single-flight.ts';
import { createConsumedStateStore } from '../../../src/lib/storage/consumed-state-store.ts';
import { createDeviceStore } from '../../../src/lib/storage/device-store.ts';
import { createHeartbeatStore } from '../../../src/lib/storage/heartbeat-store.ts';
import { createSessionStore } from '../../../src/lib/storage/session-store.ts';
import type { TableName } from '../../../src/lib/storage/table-names.ts';
import { createTokenStore } from '../../../src/lib/storage/token-store.ts';
import { clientId, issuerOf, tenantId } from '../id-tokens.ts';
import { noLimits } from '../no-limits.ts';
import { sessionPolicy } from '../refresh-policy.ts';
import { type Instrument, instrumentedQueue, instrumentedTable } from './instruments.ts';
import type { Held, MatrixWorld, Person } from './world.ts';

const browser = { address: '192.0.2.1', userAgent: 'Browser/1' };
const client = { clientId, scopes: ['User.Read'] };

/**
 * One instance of the product on a world's tables: the real use cases on the real stores. What a call
 * tells its client is noted with the people; what it must not tell is a violation.
 */
export function createMatrixApp(world: MatrixWorld, instrument: Instrument) {
  const { clock, log, sealer, queue: messages, tokenClient, policy: refreshPolicy } = world;
  const { now, sleep } = clock;
  const table = (name: TableName) => instrumentedTable(world.tables[name], instrument);
  const { recall, ...tokens } = rememberTokens(
    createTokenStore({ table: table('tokens'), sealer, log, sleep: async () => {} }),
    { now },
  );
  const sidTable = table('sids');
  const sessions = createSessionStore({ table: table('sessions'), sidTable, sealer, log });
  const heartbeats = createHeartbeatStore(table('heartbeats'));
  const queue = instrumentedQueue(messages, instrument);
  const states = createConsumedStateStore(table('states'));
  const devices = createDeviceStore({ table: table('devices'), sealer, log });
  const gate = createTokenGate({
    ...{ budgetPerSecond: 50, severalTenants: false, now, sleep, log },
    report: (flow, openUntil) => heartbeats.writeBreaker('instance', flow, openUntil),
  });
  const stores = { tokens, sessions, states, devices, heartbeats };
  const core = {
    ...stores,
    ...{ recall, queue, gate, tokenClient, refreshPolicy, sessionPolicy },
    ...{ now, sleep, log, count: () => {} },
    ...{ clients: { code: client, device: client }, allowedTenants: [tenantId], issuerOf },
    singleFlight: createSingleFlight<UsableToken>(),
    timeout: () => new Promise<void>(() => {}),
    rotateKeys: async () => false,
    limits: noLimits,
    leases: createLeaseWatch({ now }),
  } satisfies AccessTokenCore & Record<string, unknown>;

  const ending = (held: Held, what: Ending) =>
    requireEndingSession(core, held.secret, { kind: held.kind, ending: what });

  function noteEnd(ended: readonly Held[]): void {
    for (const held of ended) held.fate = 'ended';
  }

  function assertOwn(person: Person, token: string): void {
    if (!token.startsWith(`${person.user}.`)) world.violations.push('another user’s token (I3)');
  }

  return {
    stores,

    /** @param over the session that the browser has so far. */
    async signIn(person: Person, over?: Held): Promise<Held> {
      const name = world.nextName();
      const sid = `sid-${name}`;
      tokenClient.people.set(`code-${name}`, { oid: person.oid, sid });
      const response = { state: `state-${name}`, code: `code-${name}` };
      const transaction = {
        ...{ state: `state-${name}`, nonce: 'nonce-1', codeVerifier: 'verifier', returnTo: '/' },
        ...{ scopes: ['User.Read'], claims: undefined, createdAt: now() },
      };
      const { sessionSecret } = await completeSignIn(
        core,
        { ...response, error: undefined, iss: undefined },
        { transaction, sessionSecret: over?.secret, client: browser },
      );
      if (over && over.fate === 'held') over.fate = 'left';
      return hold(person, sessionSecret, 'browser', sid);
    },

    async startDevice(person: Person): Promise<void> {
      const sid = `sid-${world.nextName()}`;
      tokenClient.people.set('device', { oid: person.oid, sid });
      const { handle } = await startDeviceSignIn(core, browser);
      world.handles.push(handle);
    },

    async pollDevice(person: Person): Promise<void> {
      const handle = world.handles.at(-1) ?? '';
      const polled = await pollDeviceSignIn(core, handle, browser);
      if (polled.state === 'pending') return;
      const { sid = '' } = tokenClient.people.get('device') ?? {};
      hold(person, polled.sessionSecret, 'device', sid);
    },

    async me(person: Person, held: Held): Promise<void> {
      const { user, flow } = await requireSession(core, held.secret, held.kind);
      const { token } = await accessTokenFor(core, user, flow);
      assertOwn(person, token);
    },

    async backEndToken(person: Person): Promise<void> {
      const absent = { user: person.user, oid: person.oid };
      const need = { scopes: ['User.Read'], minValidityMs: 0 };
      const { token } = await tokenForBackEnd(core, absent, need);
      assertOwn(person, token);
    },

    async signOut(held: Held): Promise<void> {
      await signOut(core, await ending(held, 'session'));
      noteEnd([held]);
    },

    async signOutEverywhere(person: Person, held: Held): Promise<void> {
      const known = [...person.sessions];
      await signOutEverywhere(core, await ending(held, 'everywhere'));
      noteEnd(known);
    },

    async forget(person: Person, held: Held): Promise<void> {
      const known = [...person.sessions];
      await forget(core, await ending(held, 'data'));
      noteEnd(known);
    },

    async endSession(held: Held, other: Held): Promise<void> {
      const session = await ending(held, 'session');
      await endSession(core, session, publicSessionId({ hash: other.hash }));
      noteEnd([other]);
    },

    async frontChannel(person: Person, sid: string): Promise<void> {
      const known = person.sessions.filter((held) => held.sid === sid);
      await frontChannelSignOut(core, { sid, iss: undefined }, browser.address);
      noteEnd(known);
    },

    async revoke(person: Person): Promise<void> {
      const known = [...person.sessions];
      await revokeUser(core, person.user);
      noteEnd(known);
    },

    async forgetUser(person: Person): Promise<void> {
      const known = [...person.sessions];
      await forgetUser(core, person.user);
      noteEnd(known);
    },

    sweep: () => sweep(core),
    clean: () => clean(core),

    /** Takes what the sweeps have sent, and looks after it. */
    async work(): Promise<void> {
      for (const mark of messages.take()) await refreshDueUser(core, mark);
    },
    refreshDueUser: (mark: DueMark) => refreshDueUser(core, mark),
  };
}

export type MatrixApp = ReturnType<typeof createMatrixApp>;

function hold(person: Person, secret: string, kind: Held['kind'], sid: string): Held {
  const { hash = '' } = parseBucketedSecret(secret, /./) ?? {};
  const held: Held = { secret, hash, kind, sid, fate: 'held' };
  person.sessions.push(held);
  return held;
}

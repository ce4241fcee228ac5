import { expect, it } from 'vitest';
import { frontChannelSignOut } from '../../../src/lib/auth/session/front-channel.ts';
import { sessionKey } from '../../../src/lib/auth/session/session.ts';
import { userHash } from '../../../src/lib/auth/user.ts';
import { createSessionStore } from '../../../src/lib/storage/session-store.ts';
import type { Table } from '../../../src/lib/storage/table.ts';
import { createManualClock, days, startTime } from '../../support/clock.ts';
import { createMemoryTable } from '../../support/memory/table.ts';
import { createMemoryTokenStore } from '../../support/memory/token-store.ts';
import { noLimits } from '../../support/no-limits.ts';
import { createRecordingLog } from '../../support/recording-log.ts';
import { refreshPolicy, sessionPolicy } from '../../support/refresh-policy.ts';
import { newSealer } from '../../support/sealer.ts';
import { newSession, tokenRecord } from '../../support/token-records.ts';

const identity = { oid: 'oid-1', tid: 'tid-1', name: undefined, username: undefined };
const user = userHash(identity);

/** Queries of a table, by its name. */
function counting(table: Table, queries: string[]): Table {
  return {
    ...table,
    query(...given) {
      queries.push(table.name);
      return table.query(...given);
    },
  };
}

/** Sessions that end on each of some days, all of them from one session of the identity provider. */
async function signedIn(count: number) {
  const queries: string[] = [];
  const clock = createManualClock();
  const log = createRecordingLog();
  const sessions = createSessionStore({
    table: counting(createMemoryTable('sessions'), queries),
    sidTable: counting(createMemoryTable('sids'), queries),
    ...{ sealer: newSealer({ now: clock.now, log }), log },
  });
  const tokens = createMemoryTokenStore();
  for (let day = 1; day <= count; day++) {
    const entry = newSession(startTime + day * days);
    await tokens.signIn(tokenRecord({ user }), entry);
    await sessions.create(sessionKey(entry), {
      ...{ user, identity, flow: 'code', kind: 'browser', provider: { sid: 'sid-1' } },
      ...{ createdAt: entry.createdAt, lastSeenAt: clock.now(), expiresAt: entry.expiresAt },
    });
  }
  const core = { tokens, sessions, sessionPolicy, refreshPolicy, limits: noLimits, now: clock.now };
  const idp = { allowedTenants: ['tid-1'], issuerOf: (tenantId: string) => tenantId };
  return {
    ...{ queries, tokens },
    end: (sid: string) => frontChannelSignOut({ ...core, ...idp }, { sid, iss: undefined }, '::1'),
  };
}

it('a front-channel sign-out makes one query, however many days sessions live', async () => {
  const { end, queries, tokens } = await signedIn(30);
  expect(await end('sid-1')).toHaveLength(30);
  expect(await tokens.sessionsOf(user)).toEqual([]);
  expect(queries).toEqual(['sids']);
});

it('a front-channel sign-out for a made-up sid makes one query, and ends nothing', async () => {
  const { end, queries, tokens } = await signedIn(2);
  expect(await end('sid-2')).toEqual([]);
  expect(await tokens.sessionsOf(user)).toHaveLength(2);
  expect(queries).toEqual(['sids']);
});

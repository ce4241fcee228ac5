import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Azurite, startAzurite } from '../../dev/azurite.ts';
import { openSession } from '../../src/lib/auth/session/open-session.ts';
import { findSession } from '../../src/lib/auth/session/session.ts';
import { signOutEverywhere } from '../../src/lib/auth/session/sign-out.ts';
import { createSessionStore } from '../../src/lib/storage/session-store.ts';
import { createTable } from '../../src/lib/storage/table.ts';
import { createTokenStore } from '../../src/lib/storage/token-store.ts';
import { hours } from '../support/clock.ts';
import { manyUser, writeSessions } from '../support/many-sessions.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { refreshPolicy, sessionPolicy } from '../support/refresh-policy.ts';
import { newSealer } from '../support/sealer.ts';
import { dumpTables } from '../support/table-dump.ts';

let azurite: Azurite;

beforeAll(async () => {
  azurite = await startAzurite();
});

afterAll(() => azurite.close());

function createStores() {
  const { connectionString } = azurite;
  const table = (name: string) =>
    createTable(name, { kind: 'connection-string', connectionString });
  const sealed = { sealer: newSealer(), log: createRecordingLog() };
  const tokens = table('tokens');
  return {
    table: tokens,
    tokens: createTokenStore({ table: tokens, ...sealed }),
    sessions: createSessionStore({ table: table('sessions'), sidTable: table('sids'), ...sealed }),
    log: sealed.log,
  };
}

it('somebody with hundreds of sessions signs in, keeps the newest fifty, and signs out of all', async () => {
  const { table, ...stores } = createStores();
  const count = 300;
  const now = Date.now();
  await writeSessions({ ...stores, table }, { count, now });
  const core = { ...stores, now: () => now, sessionPolicy, refreshPolicy };
  const issued = {
    cache: randomBytes(16).toString('hex'),
    accessToken: { token: 'access', expiresAt: now + 1 * hours },
    scopes: ['User.Read'],
  };
  const { user, sessionSecret } = await openSession(core, manyUser.identity, issued, {
    flow: 'code',
    client: { address: undefined, userAgent: undefined },
  });
  expect(await stores.tokens.sessionsOf(user)).toHaveLength(50);
  const session = await findSession(core, sessionSecret, 'browser');
  if (!session) throw new Error('the session is not there');
  const rows = await dumpTables(azurite.connectionString);
  expect(rows.filter(({ table: name }) => name === 'sessions')).toHaveLength(50);
  expect(rows.filter(({ table: name }) => name === 'sids')).toHaveLength(49);

  await signOutEverywhere(core, session);
  expect(await dumpTables(azurite.connectionString)).toEqual([]);
});

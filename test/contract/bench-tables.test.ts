import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll } from 'vitest';
import { listen } from '../../bench/lib/measured.ts';
import { tableConnection } from '../../bench/stubs/tables/connection.ts';
import { tableService } from '../../bench/stubs/tables/service.ts';
import type { DueMark } from '../../src/lib/auth/ports.ts';
import { createConsumedStateStore } from '../../src/lib/storage/consumed-state-store.ts';
import { createHeartbeatStore } from '../../src/lib/storage/heartbeat-store.ts';
import { createKeyStore } from '../../src/lib/storage/key-store.ts';
import { createSessionStore } from '../../src/lib/storage/session-store.ts';
import { markAddress } from '../../src/lib/storage/token-marks.ts';
import { createTokenStore } from '../../src/lib/storage/token-store.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { newSealer, newTable, rowsBetween } from '../support/storage.ts';
import { describeConsumedStateStore } from './consumed-state-store.contract.ts';
import { describeDueMarks } from './due-marks.contract.ts';
import { describeEndedSignIns } from './ended-sign-ins.contract.ts';
import { describeExpiredSessions } from './expired-sessions.contract.ts';
import { describeHeartbeatStore } from './heartbeat-store.contract.ts';
import { describeKeyStore } from './key-store.contract.ts';
import { describeRecordRemoval } from './record-removal.contract.ts';
import { describeRetainedTokens } from './retained-tokens.contract.ts';
import { describeSessionStore } from './session-store.contract.ts';
import { describeSignInRaces } from './sign-in-races.contract.ts';
import { describeSignInAndOut } from './sign-out.contract.ts';
import { describeStatusChanges } from './status-changes.contract.ts';
import { describeTokenStore, type TokenStoreSubject } from './token-store.contract.ts';

const name = 'the table service of the benchmarks';
let server: Server | undefined;
let origin = '';

beforeAll(async () => {
  server = createServer(tableService());
  origin = `http://127.0.0.1:${await listen(server)}`;
});

afterAll(() => {
  server?.closeAllConnections();
  server?.close();
});

const table = () => newTable(tableConnection(origin));

async function createTokenStoreSubject(): Promise<TokenStoreSubject> {
  const tokens = table();
  const store = createTokenStore({ table: tokens, sealer: newSealer(), log: createRecordingLog() });
  return {
    store,
    async removeMark(mark: DueMark) {
      await tokens.change({ kind: 'delete', row: markAddress(mark) });
    },
    async addMark(mark: DueMark) {
      await tokens.change({ kind: 'insert', row: markAddress(mark) });
    },
    async rowsOf(user) {
      const rows = await rowsBetween(tokens, { partitionKey: user.slice(0, 1) });
      return rows.map(({ rowKey }) => rowKey).filter((rowKey) => rowKey.includes(user));
    },
  };
}

async function createSessions() {
  const log = createRecordingLog();
  return createSessionStore({ table: table(), sidTable: table(), sealer: newSealer(), log });
}

describeTokenStore(name, createTokenStoreSubject);
describeStatusChanges(name, createTokenStoreSubject);
describeDueMarks(name, createTokenStoreSubject);
describeEndedSignIns(name, createTokenStoreSubject);
describeSignInAndOut(name, createTokenStoreSubject);
describeSignInRaces(name, createTokenStoreSubject);
describeRetainedTokens(name, createTokenStoreSubject);
describeRecordRemoval(name, createTokenStoreSubject);
describeSessionStore(name, createSessions);
describeExpiredSessions(name, createSessions);
describeConsumedStateStore(name, async () => createConsumedStateStore(table()));
describeHeartbeatStore(name, async () => createHeartbeatStore(table()));
describeKeyStore(name, async () => createKeyStore(table()));

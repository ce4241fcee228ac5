import type { DueMark } from '../../src/lib/auth/ports.ts';
import { createConsumedStateStore } from '../../src/lib/storage/consumed-state-store.ts';
import { createDeviceStore } from '../../src/lib/storage/device-store.ts';
import { createHeartbeatStore } from '../../src/lib/storage/heartbeat-store.ts';
import { createKeyStore } from '../../src/lib/storage/key-store.ts';
import { createSessionStore } from '../../src/lib/storage/session-store.ts';
import type { Table } from '../../src/lib/storage/table.ts';
import { markAddress } from '../../src/lib/storage/token-marks.ts';
import { createTokenStore } from '../../src/lib/storage/token-store.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { newSealer } from '../support/sealer.ts';
import { rowsBetween } from '../support/storage.ts';
import { describeConsumedStateStore } from './consumed-state-store.contract.ts';
import { describeDeviceStore } from './device-store.contract.ts';
import { describeDueMarks } from './due-marks.contract.ts';
import { describeEndedSignIns } from './ended-sign-ins.contract.ts';
import { describeExpiredSessions } from './expired-sessions.contract.ts';
import { describeHeartbeatStore } from './heartbeat-store.contract.ts';
import { describeKeyStore } from './key-store.contract.ts';
import { describeLargeRecords } from './large-records.contract.ts';
import { describePostponedMarks } from './postponed-marks.contract.ts';
import { describeRecordRemoval } from './record-removal.contract.ts';
import { describeRetainedTokens } from './retained-tokens.contract.ts';
import { describeSessionStore } from './session-store.contract.ts';
import { describeSignInRaces } from './sign-in-races.contract.ts';
import { describeSignInAndOut } from './sign-out.contract.ts';
import { describeStatusChanges } from './status-changes.contract.ts';
import { describeTokenStore, type TokenStoreSubject } from './token-store.contract.ts';

/** Runs the contract of every store of tables on tables of one kind. @param table makes a new one. */
export function describeStoresOnTables(name: string, table: () => Table): void {
  async function createTokens(): Promise<TokenStoreSubject> {
    const tokens = table();
    const log = createRecordingLog();
    return {
      store: createTokenStore({ table: tokens, sealer: newSealer(), log }),
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

  const sealed = () => ({ sealer: newSealer(), log: createRecordingLog() });
  const createSessions = async () =>
    createSessionStore({ table: table(), sidTable: table(), ...sealed() });

  describeTokenStore(name, createTokens);
  describeLargeRecords(name, createTokens);
  describeStatusChanges(name, createTokens);
  describeDueMarks(name, createTokens);
  describeEndedSignIns(name, createTokens);
  describePostponedMarks(name, createTokens);
  describeSignInAndOut(name, createTokens);
  describeSignInRaces(name, createTokens);
  describeRetainedTokens(name, createTokens);
  describeRecordRemoval(name, createTokens);
  describeSessionStore(name, createSessions);
  describeExpiredSessions(name, createSessions);
  describeConsumedStateStore(name, async () => createConsumedStateStore(table()));
  describeDeviceStore(name, async () => createDeviceStore({ table: table(), ...sealed() }));
  describeHeartbeatStore(name, async () => createHeartbeatStore(table()));
  describeKeyStore(name, async () => createKeyStore(table()));
}

import { QueueServiceClient } from '@azure/storage-queue';
import type { DueMark } from '../../src/lib/auth/ports.ts';
import { parseRefreshMessage, refreshQueueName } from '../../src/lib/auth/refresh/message.ts';
import { createConsumedStateStore } from '../../src/lib/storage/consumed-state-store.ts';
import { createDeviceStore } from '../../src/lib/storage/device-store.ts';
import { createHeartbeatStore } from '../../src/lib/storage/heartbeat-store.ts';
import { createKeyStore } from '../../src/lib/storage/key-store.ts';
import { createRefreshQueue } from '../../src/lib/storage/refresh-queue.ts';
import type { RowAddress } from '../../src/lib/storage/row.ts';
import { createSessionStore } from '../../src/lib/storage/session-store.ts';
import { createTokenStore } from '../../src/lib/storage/token-store.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { newSealer } from '../support/sealer.ts';
import { newTable, rowsBetween, useAzurite } from '../support/storage.ts';
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
import { describeRefreshQueue } from './refresh-queue.contract.ts';
import { describeRetainedTokens } from './retained-tokens.contract.ts';
import { describeSessionStore } from './session-store.contract.ts';
import { describeSignInRaces } from './sign-in-races.contract.ts';
import { describeSignInAndOut } from './sign-out.contract.ts';
import { describeStatusChanges } from './status-changes.contract.ts';
import { describeTable } from './table.contract.ts';
import { describeTokenStore, type TokenStoreSubject } from './token-store.contract.ts';

const connection = useAzurite();

async function createTokenStoreSubject(): Promise<TokenStoreSubject> {
  const table = newTable(connection());
  const store = createTokenStore({ table, sealer: newSealer(), log: createRecordingLog() });
  return {
    store,
    async removeMark(mark) {
      await table.change({ kind: 'delete', row: markAddress(mark) });
    },
    async addMark(mark) {
      await table.change({ kind: 'insert', row: markAddress(mark) });
    },
    async rowsOf(user) {
      const rows = await rowsBetween(table, { partitionKey: user.slice(0, 1) });
      return rows.map(({ rowKey }) => rowKey).filter((rowKey) => rowKey.includes(user));
    },
  };
}

function markAddress({ user, flow, state, dueAt }: DueMark): RowAddress {
  const prefix = state === 'active' ? 'd' : 'e';
  const rowKey = `${prefix}|${new Date(dueAt).toISOString()}|${user}|${flow}`;
  return { partitionKey: user.slice(0, 1), rowKey };
}

async function createDevices() {
  const table = newTable(connection());
  return createDeviceStore({ table, sealer: newSealer(), log: createRecordingLog() });
}

async function createSessions() {
  const [table, sidTable] = [newTable(connection()), newTable(connection())];
  return createSessionStore({ table, sidTable, sealer: newSealer(), log: createRecordingLog() });
}

describeTable('Azurite', () => newTable(connection()));
describeTokenStore('Azurite', createTokenStoreSubject);
describeStatusChanges('Azurite', createTokenStoreSubject);
describeDueMarks('Azurite', createTokenStoreSubject);
describeEndedSignIns('Azurite', createTokenStoreSubject);
describePostponedMarks('Azurite', createTokenStoreSubject);
describeSignInAndOut('Azurite', createTokenStoreSubject);
describeSignInRaces('Azurite', createTokenStoreSubject);
describeRetainedTokens('Azurite', createTokenStoreSubject);
describeRecordRemoval('Azurite', createTokenStoreSubject);
describeLargeRecords('Azurite', createTokenStoreSubject);
describeSessionStore('Azurite', createSessions);
describeExpiredSessions('Azurite', createSessions);
describeConsumedStateStore('Azurite', async () => createConsumedStateStore(newTable(connection())));
describeDeviceStore('Azurite', createDevices);
describeHeartbeatStore('Azurite', async () => createHeartbeatStore(newTable(connection())));
describeKeyStore('Azurite', async () => createKeyStore(newTable(connection())));
describeRefreshQueue('Azurite', async () => {
  const { connectionString = '' } = { connectionString: '', ...connection() };
  const service = QueueServiceClient.fromConnectionString(connectionString);
  const messages = service.getQueueClient(refreshQueueName);
  return {
    queue: createRefreshQueue(connection()),
    async take() {
      const taken = [];
      for (;;) {
        const { receivedMessageItems } = await messages.receiveMessages({ numberOfMessages: 32 });
        if (receivedMessageItems.length === 0) return taken;
        for (const { messageId, popReceipt, messageText } of receivedMessageItems) {
          const mark = parseRefreshMessage(
            JSON.parse(Buffer.from(messageText, 'base64').toString('utf8')),
          );
          if (mark) taken.push(mark);
          await messages.deleteMessage(messageId, popReceipt);
        }
      }
    },
  };
});

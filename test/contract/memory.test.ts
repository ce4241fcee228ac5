import { createMemoryConsumedStateStore } from '../support/memory/consumed-state-store.ts';
import { createMemoryDeviceStore } from '../support/memory/device-store.ts';
import { createMemoryHeartbeatStore } from '../support/memory/heartbeat-store.ts';
import { createMemoryKeyStore } from '../support/memory/key-store.ts';
import { createMemoryRefreshQueue } from '../support/memory/refresh-queue.ts';
import { createMemorySessionStore } from '../support/memory/session-store.ts';
import { createMemoryTokenStore } from '../support/memory/token-store.ts';
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
import { describeTokenStore } from './token-store.contract.ts';

async function createTokenStore() {
  const store = createMemoryTokenStore();
  return {
    store,
    removeMark: async (mark: Parameters<typeof store.removeMark>[0]) => store.removeMark(mark),
    addMark: async (mark: Parameters<typeof store.addMark>[0]) => store.addMark(mark),
    rowsOf: async (user: Parameters<typeof store.rowsOf>[0]) => store.rowsOf(user),
  };
}

describeTokenStore('memory', createTokenStore);
describeStatusChanges('memory', createTokenStore);
describeDueMarks('memory', createTokenStore);
describeEndedSignIns('memory', createTokenStore);
describePostponedMarks('memory', createTokenStore);
describeSignInAndOut('memory', createTokenStore);
describeSignInRaces('memory', createTokenStore);
describeRetainedTokens('memory', createTokenStore);
describeRecordRemoval('memory', createTokenStore);
describeLargeRecords('memory', createTokenStore);
describeSessionStore('memory', async () => createMemorySessionStore());
describeExpiredSessions('memory', async () => createMemorySessionStore());
describeConsumedStateStore('memory', async () => createMemoryConsumedStateStore());
describeDeviceStore('memory', async () => createMemoryDeviceStore());
describeHeartbeatStore('memory', async () => createMemoryHeartbeatStore());
describeKeyStore('memory', async () => createMemoryKeyStore());
describeRefreshQueue('memory', async () => {
  const queue = createMemoryRefreshQueue();
  return { queue, take: async () => queue.take() };
});

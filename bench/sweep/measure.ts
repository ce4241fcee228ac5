import { type Azurite, startAzurite } from '../../dev/azurite.ts';
import { type SweepCore, sweep } from '../../src/lib/auth/refresh/sweep.ts';
import type { StorageConnection } from '../../src/lib/config/config.ts';
import type { Sealer } from '../../src/lib/crypto/sealer.ts';
import { createHeartbeatStore } from '../../src/lib/storage/heartbeat-store.ts';
import { createRefreshQueue } from '../../src/lib/storage/refresh-queue.ts';
import { createTable } from '../../src/lib/storage/table.ts';
import { tokensTable } from '../../src/lib/storage/token-rows.ts';
import { createTokenStore } from '../../src/lib/storage/token-store.ts';
import { startTime } from '../../test/support/clock.ts';
import { startFaultProxy } from '../../test/support/fault-proxy.ts';
import { createRecordingLog } from '../../test/support/recording-log.ts';
import { refreshPolicy } from '../../test/support/refresh-policy.ts';
import { newSealer } from '../../test/support/sealer.ts';
import { openTable } from '../../test/support/table-dump.ts';
import { type Population, seedUsers } from './seed.ts';
import { countRequests, heartbeatsTable, type TableRequests } from './table-requests.ts';

/** What one sweep did. */
export interface SweepMeasurement extends Population, TableRequests {
  readonly enqueued: number;
  /** Of real time. */
  readonly durationMs: number;
}

/** As in the setting `REFRESH_BUDGET_PER_SECOND`. */
const budgetPerSecond = 50;

/**
 * Seeds a fresh Azurite and sweeps it once with the real adapters, through a proxy that counts what
 * goes to the tables.
 *
 * @param step is told what is being done.
 */
export async function measureSweep(
  population: Population,
  step: (text: string) => void = () => {},
): Promise<SweepMeasurement> {
  const azurite = await startAzurite();
  try {
    const { connectionString } = azurite;
    const sealer = newSealer();
    await openTable(connectionString, heartbeatsTable).createTable();
    await seedUsers(population, { connectionString, sealer, progress: tenths(population, step) });
    step(`Sweeping ${population.users.toLocaleString('en')} users`);
    return { ...population, ...(await sweepThroughProxy(azurite, sealer)) };
  } finally {
    await azurite.close();
  }
}

async function sweepThroughProxy(
  azurite: Azurite,
  sealer: Sealer,
): Promise<Omit<SweepMeasurement, keyof Population>> {
  const proxy = await startFaultProxy(azurite.tableOrigin);
  try {
    const connectionString = azurite.connectionString.replace(azurite.tableOrigin, proxy.origin);
    const core = sweepCore({ kind: 'connection-string', connectionString }, sealer);
    const startedAt = performance.now();
    const { enqueued } = await sweep(core);
    const durationMs = performance.now() - startedAt;
    return { enqueued, ...countRequests(proxy.requests), durationMs };
  } finally {
    await proxy.close();
  }
}

function sweepCore(connection: StorageConnection, sealer: Sealer): SweepCore {
  const table = createTable(tokensTable, connection);
  return {
    tokens: createTokenStore({ table, sealer, log: createRecordingLog() }),
    queue: createRefreshQueue(connection),
    heartbeats: createHeartbeatStore(createTable(heartbeatsTable, connection)),
    refreshPolicy: { ...refreshPolicy, budgetPerSecond, random: Math.random },
    now: () => startTime,
  };
}

/** Tells of every tenth of the users: where the output is no terminal, each is a line. */
function tenths({ users }: Population, step: (text: string) => void): (seeded: number) => void {
  let told = -1;
  return (seeded) => {
    const tenth = Math.floor((10 * seeded) / users);
    if (tenth === told) return;
    told = tenth;
    step(`Seeding ${users.toLocaleString('en')} users: ${tenth * 10} %`);
  };
}

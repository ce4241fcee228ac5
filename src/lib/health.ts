import type { Core } from './auth/core.ts';
import type { HeartbeatStore } from './auth/refresh/ports.ts';
import type { ServiceLevel } from './auth/refresh/service-level.ts';
import { recent } from './basics/recent.ts';
import type { createKeyServices } from './key-services.ts';
import { type Checks, runReadinessChecks } from './readiness.ts';

/** Anybody may ask how the app is, so what that costs must not depend on how often they do. */
const rememberedMs = 5_000;

/** How the app is, as it was some seconds ago at most. */
export type Health = ReturnType<typeof createHealth>;

export function createHealth(
  dependencies: Pick<Core, 'tokenClient' | 'heartbeats' | 'queue' | 'now'> & {
    keys: Pick<ReturnType<typeof createKeyServices>, 'keyring'>;
    serviceLevel: () => Promise<ServiceLevel>;
  },
) {
  const { tokenClient, heartbeats, queue, keys, serviceLevel, now } = dependencies;
  const remembered = { ms: rememberedMs, now };
  const checks = {
    config: () => tokenClient.check(),
    storage: () => heartbeats.read(now()),
    queue: () => queue.depth(),
    keys: () => keys.keyring.check(),
  };
  return {
    readServiceLevel: recent(serviceLevel, remembered),
    /** What must answer before the app can serve. @throws as {@link runReadinessChecks}. */
    checkReadiness: recent<Checks>(() => runReadinessChecks(checks), remembered),
  };
}

/**
 * Heartbeats, and word of each write of this process: what was read before is no longer so. A process
 * writes a few times a minute at most, however often it is called.
 */
export function noticingWrites(heartbeats: HeartbeatStore, onWrite: () => void): HeartbeatStore {
  const noticed =
    <Args extends unknown[]>(write: (...args: Args) => Promise<void>) =>
    (...args: Args) =>
      write(...args).finally(onWrite);
  return {
    ...heartbeats,
    writeSweep: noticed(heartbeats.writeSweep),
    writeJanitor: noticed(heartbeats.writeJanitor),
    writeBreaker: noticed(heartbeats.writeBreaker),
    writeCounts: noticed(heartbeats.writeCounts),
  };
}

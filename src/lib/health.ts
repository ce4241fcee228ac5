import type { Core } from './auth/core.ts';
import type { HeartbeatStore } from './auth/refresh/ports.ts';
import type { ServiceLevel } from './auth/refresh/service-level.ts';
import { recent } from './basics/recent.ts';
import type { Keyring } from './crypto/keyring.ts';
import { AppError } from './errors.ts';

/** Anybody may ask how the app is, so what that costs must not depend on how often they do. */
const rememberedMs = 5_000;

/** How the app is, as it was some seconds ago at most. */
export type Health = ReturnType<typeof createHealth>;

export function createHealth(
  dependencies: Pick<Core, 'tokenClient' | 'heartbeats' | 'queue' | 'now'> & {
    keyring: Keyring;
    serviceLevel: () => Promise<ServiceLevel>;
  },
) {
  const { tokenClient, heartbeats, queue, keyring, serviceLevel, now } = dependencies;
  const remembered = { ms: rememberedMs, now };
  const checks = {
    config: () => tokenClient.check(),
    storage: () => heartbeats.read(now()),
    queue: () => queue.depth(),
    keys: () => keyring.check(),
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

const names = ['config', 'storage', 'queue', 'keys'] as const;

/** What readiness looks at: `config` is the settings, and the credential that they name. */
export type Checks = Record<(typeof names)[number], 'ok'>;

/**
 * Runs every check at once.
 *
 * @param checks each rejects if it fails.
 * @throws AppError with every failed check in its detail: `misconfigured` if somebody has to change
 *   something, else `temporarily_unavailable`.
 */
export async function runReadinessChecks(
  checks: Readonly<Record<keyof Checks, () => Promise<unknown>>>,
): Promise<Checks> {
  const failures: AppError[] = [];
  await Promise.all(
    names.map(async (name) => {
      try {
        await checks[name]();
      } catch (error) {
        failures.push(asFailure(name, error));
      }
    }),
  );
  if (failures.length === 0) return { config: 'ok', storage: 'ok', queue: 'ok', keys: 'ok' };
  const code = failures.some((failure) => failure.code === 'misconfigured')
    ? 'misconfigured'
    : 'temporarily_unavailable';
  const detail = failures.map((failure) => failure.public.detail).join(' ');
  throw new AppError(code, { detail }, new AggregateError(failures));
}

function asFailure(name: keyof Checks, error: unknown): AppError {
  const code = error instanceof AppError ? error.code : 'temporarily_unavailable';
  const detail = error instanceof AppError ? error.public.detail : undefined;
  return new AppError(code, { detail: `${name}: ${detail ?? 'does not answer.'}` }, error);
}

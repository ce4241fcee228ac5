import type { Clock, Log } from '../ports.ts';
import type { TokenFault } from '../tokens/token-fault.ts';
import type { Flow } from '../user.ts';

/** Whose calls of the token endpoint: one tenant's users, by one client. */
export interface Caller {
  /** Empty if it is not known. */
  tenantId: string;
  flow: Flow;
}

export interface RefusalReportOptions {
  /**
   * Whether the app serves several tenants. Then a tenant that refuses the app is reported to the
   * log alone, unless the client is refused by every tenant.
   */
  severalTenants: boolean;
  now: Clock;
  log: Log;
  /** Tells all instances that this one finds a client refused until a time; undefined: no longer. */
  report: (flow: Flow, openUntil: number | undefined) => Promise<void>;
}

/** Reports open breakers. */
export interface RefusalReports {
  /**
   * A caller's breaker is open.
   *
   * @param refusesApp any user would have been refused.
   */
  refused(caller: Caller, fault: TokenFault | undefined, refusesApp: boolean): void;
  /** The endpoint took the client for who it is. */
  accepted(caller: Caller): void;
}

/** An open breaker is reported again after this time, and counts as open for twice as long. */
const reportEveryMs = 60_000;

/** One report per client, not per tenant: a lost credential doesn't write a row for every customer. */
export function createRefusalReports(options: RefusalReportOptions): RefusalReports {
  const { severalTenants, now, log } = options;
  /** Clients that are reported as refused, and since when. */
  const reportedAt = new Map<Flow, number>();
  /** By client and tenant. */
  const acceptedAt: Record<Flow, Map<string, number>> = { code: new Map(), device: new Map() };
  const loggedAt: Record<Flow, Map<string, number>> = { code: new Map(), device: new Map() };
  const isRecent = (time: number | undefined) => time !== undefined && now() - time < reportEveryMs;
  let reports = Promise.resolve();

  /** In order, so that the last report is the one that stays. */
  function report(flow: Flow, openUntil: number | undefined): void {
    reports = reports
      .then(() => options.report(flow, openUntil))
      .catch(() => log.warn('breaker-not-reported'));
  }

  /** Another tenant took the same client just now, so nothing is wrong with the client. */
  const isAcceptedElsewhere = ({ tenantId, flow }: Caller) =>
    [...acceptedAt[flow]].some(([other, at]) => other !== tenantId && isRecent(at));

  return {
    refused(caller, fault, refusesApp) {
      const { tenantId, flow } = caller;
      const fields = { code: fault?.error, errorCodes: fault?.errorCodes };
      if (severalTenants && (!refusesApp || isAcceptedElsewhere(caller))) {
        if (isRecent(loggedAt[flow].get(tenantId))) return;
        loggedAt[flow].set(tenantId, now());
        log.warn('tenant-refuses-app', { tenant: tenantId, flow, ...fields });
        return;
      }
      if (isRecent(reportedAt.get(flow))) return;
      reportedAt.set(flow, now());
      log.error('breaker-open', fields);
      report(flow, now() + 2 * reportEveryMs);
    },

    accepted({ tenantId, flow }) {
      acceptedAt[flow].set(tenantId, now());
      if (!reportedAt.delete(flow)) return;
      log.warn('breaker-closed');
      report(flow, undefined);
    },
  };
}

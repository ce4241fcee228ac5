import type { AuditAction } from '../auth/audit.ts';
import type { Config } from '../config.ts';
import { servicesIfConfigured } from './app.ts';
import type { Route } from './http.ts';
import { log } from './log.ts';

/**
 * Makes an audit event of every call of a route, also of those that no handler gets to see.
 *
 * @param isOn whether the route is there: what is off is no event. Default: it is.
 */
export function auditAs(
  action: AuditAction,
  isOn: (config: Config) => boolean = () => true,
): NonNullable<Route['audit']> {
  return ({ status, ...call }) => {
    // A poll that decides nothing is none either.
    const decidesNothing = status === 202 || call.outcome === 'slow_down';
    const config = servicesIfConfigured()?.config;
    if (config && isOn(config) && !decidesNothing) log.info('audit', { action, ...call });
  };
}

import type { AuditAction } from '../auth/audit.ts';
import { coreIfConfigured } from './app.ts';
import type { Route } from './http.ts';
import { log } from './log.ts';

/**
 * Makes an audit event of every call of a route, also of those that no handler gets to see.
 *
 * @param part of the configuration without which the route is off, and its calls are no events.
 */
export function auditAs(
  action: AuditAction,
  part?: 'device' | 'backEnds',
): NonNullable<Route['audit']> {
  return ({ status, ...call }) => {
    // A poll that decides nothing is none either.
    const decidesNothing = status === 202 || call.outcome === 'slow_down';
    const config = coreIfConfigured()?.config;
    const isOn = config && (part === undefined || config[part] !== undefined);
    if (isOn && !decidesNothing) log.info('audit', { action, ...call });
  };
}

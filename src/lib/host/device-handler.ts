import type { ClientDescription } from '../auth/ports.ts';
import { AppError } from '../errors.ts';
import { describeClient } from '../http/client-description.ts';
import type { Services } from '../services.ts';
import { getServices, servicesIfConfigured } from './app.ts';
import type { AppRequest } from './app-request.ts';
import type { Route } from './http.ts';
import { log } from './log.ts';

/**
 * What a request of a device needs.
 *
 * @throws AppError `not_found` where device sign-in is off.
 */
export function deviceOf(request: AppRequest): { services: Services; client: ClientDescription } {
  const services = getServices();
  if (!services.config.device) throw new AppError('not_found');
  const client = describeClient(request.header);
  Object.assign(request.audit, client);
  return { services, client };
}

/**
 * The start and the end of each device sign-in are audit events, with the clients' addresses: who
 * started one and who got the session tell phishing. Polls that decide nothing are none.
 */
export function auditDevice(
  action: 'device-start' | 'device-sign-in',
): NonNullable<Route['audit']> {
  return ({ status, ...call }) => {
    const decidesNothing = status === 202 || call.outcome === 'slow_down';
    if (!servicesIfConfigured()?.config.device || decidesNothing) return;
    log.info('audit', { action, ...call });
  };
}

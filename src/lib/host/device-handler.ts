import type { ClientDescription } from '../auth/ports.ts';
import { AppError } from '../errors.ts';
import { describeClient } from '../http/client-description.ts';
import type { Services } from '../services.ts';
import { getServices } from './app.ts';
import type { AppRequest } from './app-request.ts';

/**
 * What a request of a device needs. The audit event of it has the client's address: who started a
 * sign-in and who got its session tell phishing.
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

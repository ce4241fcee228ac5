import { deviceSignInName } from '../auth/device/handle.ts';
import type { ClientDescription } from '../auth/ports.ts';
import { AppError } from '../errors.ts';
import { describeClient } from '../http/client-description.ts';
import type { Services } from '../services.ts';
import { getServices } from './app.ts';
import type { AppRequest } from './app-request.ts';

/**
 * What a request of a device needs. Its audit event names the program that asks, and the sign-in.
 *
 * @throws AppError `not_found` where device sign-in is off.
 */
export function deviceOf(request: AppRequest): { services: Services; client: ClientDescription } {
  const services = getServices();
  if (!services.config.device) throw new AppError('not_found');
  return { services, client: describeClient(request.header) };
}

/** The same name at its start and its end. */
export function noteSignIn({ audit }: AppRequest, handle: string): void {
  const signIn = deviceSignInName(handle);
  if (signIn) audit.signIn = signIn;
}

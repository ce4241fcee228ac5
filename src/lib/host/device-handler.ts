import { deviceSignInName } from '../auth/device/handle.ts';
import { AppError } from '../errors.ts';
import type { Services } from '../services.ts';
import { getServices } from './app.ts';
import type { AppRequest } from './app-request.ts';

/** The process's services. @throws AppError `not_found` where device sign-in is off. */
export function deviceServices(): Services {
  const services = getServices();
  if (!services.config.device) throw new AppError('not_found');
  return services;
}

/** The same name at its start and its end. */
export function noteSignIn({ audit }: AppRequest, handle: string): void {
  const signIn = deviceSignInName(handle);
  if (signIn) audit.signIn = signIn;
}

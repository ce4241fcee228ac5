import { AppError } from '../../errors.ts';

const mendedBySignIn = new Set(['unauthenticated', 'reauth_required', 'consent_required']);

/** Why a device's session counts for nothing once device sign-in is switched off. */
export function deviceSignInOff(): AppError {
  const detail = 'Device sign-in is switched off.';
  return new AppError('unauthenticated', { detail, challenge: 'Bearer' });
}

/** What is told in a device's session: its user can't mend it at a `loginUrl`, but with a new sign-in. */
export function toDeviceError(error: unknown): unknown {
  if (!(error instanceof AppError) || !error.public.login) return error;
  const { login, ...told } = error.public;
  const isRefused = mendedBySignIn.has(error.code);
  const why = login.scope ? `This device’s sign-in does not have ${login.scope}. ` : '';
  const detail = `${why}Sign in again with POST /device.`;
  return new AppError(error.code, { ...told, ...(isRefused && { detail }) }, error);
}

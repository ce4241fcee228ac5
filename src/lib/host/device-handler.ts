import { deviceSignInName } from '../auth/device/handle.ts';
import type { AppRequest } from './app-request.ts';

/** Lets the audit call a device sign-in the same at its start and its end. */
export function noteSignIn({ audit }: AppRequest, handle: string): void {
  const signIn = deviceSignInName(handle);
  if (signIn) audit.signIn = signIn;
}

import { AppError } from '../errors.ts';
import { type SignOutDependencies, signOut } from './sign-out.ts';
import type { UserHash } from './user.ts';

export interface FrontChannelDependencies extends SignOutDependencies {
  allowedTenants: readonly string[];
  issuerOf: (tenantId: string) => string;
}

/** Clocks differ, and a day may begin meanwhile. */
const dayMs = 24 * 60 * 60 * 1000;

/** @see OpenID Connect Front-Channel Logout 1.0 section 3 */
export interface FrontChannelRequest {
  sid: string | undefined;
  iss: string | undefined;
}

/**
 * The identity provider signs somebody out of all that they signed in to in its session. No cookie
 * comes along: whoever knows `sid` may end what came from it.
 *
 * @returns whose sessions ended, one for each.
 * @throws AppError `invalid_request` without a `sid`, or for another issuer.
 */
export async function frontChannelSignOut(
  dependencies: FrontChannelDependencies,
  { sid, iss }: FrontChannelRequest,
): Promise<UserHash[]> {
  const { sessions, policy, now, allowedTenants, issuerOf } = dependencies;
  if (sid === undefined || !/^[\w.-]{1,128}$/.test(sid)) {
    throw new AppError('invalid_request', { detail: 'sid is missing, or is none.' });
  }
  if (iss !== undefined && !allowedTenants.some((tenant) => issuerOf(tenant) === iss)) {
    throw new AppError('invalid_request', { detail: 'iss is another identity provider.' });
  }
  const keys = await sessions.ofProviderSession(sid, now() - dayMs, now() + policy.maxMs + dayMs);
  const ended = await Promise.all(
    keys.map(async (key) => {
      const session = await sessions.read(key);
      if (session?.provider?.sid !== sid) return [];
      await signOut(dependencies, { user: session.user, key });
      return [session.user];
    }),
  );
  return ended.flat();
}

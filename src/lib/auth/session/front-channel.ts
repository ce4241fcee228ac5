import { sameIssuer } from '../../basics/canonical-id.ts';
import { AppError } from '../../errors.ts';
import type { Core } from '../core.ts';
import { hashOfSid, type UserHash } from '../user.ts';
import { type EndingCore, endFound } from './sign-out.ts';

/** @see OpenID Connect Front-Channel Logout 1.0 section 3 */
export interface FrontChannelRequest {
  sid: string | undefined;
  iss: string | undefined;
}

/**
 * The identity provider signs somebody out of all that they signed in to in its session. No cookie
 * comes along: whoever knows `sid` may end what came from it.
 *
 * @param address that asks.
 * @returns whose sessions ended, one for each.
 * @throws AppError `throttled`; `invalid_request` without a `sid`, or for another issuer.
 */
export async function frontChannelSignOut(
  core: EndingCore & Pick<Core, 'allowedTenants' | 'issuerOf' | 'limits'>,
  { sid, iss }: FrontChannelRequest,
  address: string | undefined,
): Promise<UserHash[]> {
  const { sessions, allowedTenants, issuerOf, limits } = core;
  await limits.frontChannelSignOuts(address);
  if (sid === undefined || !/^[\w.-]{1,128}$/.test(sid)) {
    throw new AppError('invalid_request', { detail: 'sid is missing, or is none.' });
  }
  if (iss !== undefined && !allowedTenants.some((tenant) => sameIssuer(issuerOf(tenant), iss))) {
    throw new AppError('invalid_request', { detail: 'iss is another identity provider.' });
  }
  const found = await sessions.ofProviderSession(hashOfSid(sid));
  for (const [user, places] of Map.groupBy(found, ({ user }) => user)) {
    await endFound(core, user, places);
  }
  return found.flatMap(({ user }) => user ?? []);
}

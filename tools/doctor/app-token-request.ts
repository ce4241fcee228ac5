import { servesSeveralTenants } from '../../src/lib/config/config.ts';
import { AppError } from '../../src/lib/errors.ts';
import { createAuthority } from '../../src/lib/msal/authority.ts';
import { createClientApplications } from '../../src/lib/msal/client-applications.ts';
import { createNetworkClient } from '../../src/lib/msal/network-client.ts';
import { orFailure } from '../../src/lib/msal/token-failure.ts';
import type { Subject } from './check.ts';

/** Microsoft Graph's application id, the same in every cloud. */
const graphAppId = '00000003-0000-0000-c000-000000000000';

/**
 * Asks for a token in the app's own name, which every registration with a good credential gets,
 * whatever its permissions, and drops it.
 *
 * @returns the tenant that was asked: with `organizations` the first that is allowed.
 * @throws TokenError if there is none; AppError if the credential can't be used.
 * @see RFC 6749 section 4.4
 */
export async function requestAppToken({ config, send, now }: Subject): Promise<string> {
  const [tenant = config.authority.tenant] = config.authority.allowedTenants;
  const authority = createAuthority(config.authority, tenant);
  const { tokenOrigins } = authority;
  const severalTenants = servesSeveralTenants(config);
  const network = createNetworkClient({ send, tokenOrigins, severalTenants, now });
  const client = await createClientApplications(config).confidential({ network, authority });
  const request = { scopes: [`${graphAppId}/.default`] };
  await orFailure(network, () => client.acquireTokenByClientCredential(request));
  if (network.issued() === undefined) throw new AppError('bad_gateway');
  return tenant;
}

import { AppError } from '../errors.ts';
import { type AccessTokenDependencies, accessTokenFor } from './access-token.ts';
import type { GraphClient, GraphProfile } from './ports.ts';
import type { LiveSession } from './session.ts';

/**
 * The session's user as Graph knows them.
 *
 * @throws AppError as {@link accessTokenFor} and GraphClient.me; `bad_gateway` for anybody else's
 *   profile.
 */
export async function readProfile(
  dependencies: AccessTokenDependencies & { graph: GraphClient },
  session: LiveSession,
  requestId: string,
): Promise<GraphProfile> {
  const { token } = await accessTokenFor(dependencies, session.user, session.flow);
  const profile = await dependencies.graph.me(token, requestId);
  if (profile.id !== session.identity.oid) {
    throw new AppError('bad_gateway', { detail: 'Microsoft Graph answered for somebody else.' });
  }
  return profile;
}

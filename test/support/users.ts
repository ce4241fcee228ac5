import type { IdentityProvider } from '../../dev/identity-provider/identity-provider.ts';
import { seededUsers } from '../../dev/identity-provider/users.ts';
import { type UserHash, userHash } from '../../src/lib/auth/user.ts';

/** A seeded user's object id. */
export function oidOf(username: string): string {
  const user = seededUsers.find((candidate) => candidate.username === username);
  if (!user) throw new Error(`the stand-in has no user ${username}`);
  return user.oid;
}

/** The hash that a seeded user's rows are under. */
export function hashOf(
  world: { identityProvider: Pick<IdentityProvider, 'tenantId'> },
  username: string,
): UserHash {
  return userHash({ oid: oidOf(username), tid: world.identityProvider.tenantId });
}

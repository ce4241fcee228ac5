import { forgetUser, revokeUser } from './auth/operator/end-user.ts';
import { listUsers } from './auth/operator/list-users.ts';
import { showUser } from './auth/operator/show-user.ts';
import { parseUserId } from './auth/operator/user-id.ts';
import type { Clock, Log } from './auth/ports.ts';
import { userHash } from './auth/user.ts';
import type { Config } from './config.ts';
import { readOwner } from './msal/cache-contents.ts';
import { createStores } from './stores.ts';

/** What an operator can ask for, from outside the app: no function offers it. Users are `oid.tid`. */
export function createOperatorServices(config: Config, { log, now }: { log: Log; now: Clock }) {
  const { tokens, sessions } = createStores(config, { log, now });
  const dependencies = { tokens, sessions, policy: config.session, now };
  const { retainMs } = config.refresh;
  const hashOf = (id: string) => userHash(parseUserId(id));
  return {
    listUsers: () => listUsers({ tokens, ownerOf: readOwner }),
    showUser: (id: string) => showUser(dependencies, id),
    revokeUser: (id: string) => revokeUser({ ...dependencies, retainMs }, hashOf(id)),
    forgetUser: (id: string) => forgetUser(dependencies, hashOf(id)),
  };
}

export type OperatorServices = ReturnType<typeof createOperatorServices>;

import { type FrontChannelRequest, frontChannelSignOut } from './auth/front-channel.ts';
import {
  findSession,
  requireEndingSession,
  requireSession,
  type StoredSession,
} from './auth/session.ts';
import { endSession, listSessions } from './auth/session-list.ts';
import type { Ending, SessionRecord } from './auth/session-ports.ts';
import { forget, type SignOutDependencies, signOut, signOutEverywhere } from './auth/sign-out.ts';
import type { TokenClient } from './auth/token-client.ts';
import type { Config } from './config.ts';
import { deviceSignInOff } from './device-services.ts';
import { createRateLimit } from './http/rate-limit.ts';
import { authorityOrigin, issuerOf } from './msal/authority.ts';

/** Front-channel sign-outs: anybody may ask for one. */
const frontChannelLimits = { windowSeconds: 60, perAddress: 120, perInstance: 1200 };

/** Sessions as their holders see them, and how they end. */
export function createSessionServices(
  { authority, device }: Config,
  dependencies: SignOutDependencies & { tokenClient: TokenClient },
) {
  const frontChannelDependencies = {
    ...dependencies,
    allowedTenants: authority.allowedTenants,
    issuerOf: (tenantId: string) => issuerOf(authority, tenantId),
  };
  const limitFrontChannel = createRateLimit(frontChannelLimits);

  /** @returns where the browser ends its session at the identity provider. */
  async function end(session: StoredSession, everywhere = false): Promise<{ logoutUrl: string }> {
    await (everywhere ? signOutEverywhere : signOut)(dependencies, session);
    return { logoutUrl: dependencies.tokenClient.endSessionUrl(session.provider?.loginHint) };
  }

  /** Ends what came from a session of the identity provider. @returns whose. */
  async function endFromOutside(request: FrontChannelRequest, address: string | undefined) {
    await limitFrontChannel(address);
    return frontChannelSignOut(frontChannelDependencies, request);
  }

  return {
    requireSession: async (secret: string | undefined, kind: SessionRecord['kind']) => {
      if (kind === 'device' && !device) throw deviceSignInOff();
      return requireSession(dependencies, secret, kind);
    },
    requireEndingSession: (
      secret: string | undefined,
      asked: { kind: SessionRecord['kind']; ending: Ending },
    ) => requireEndingSession(dependencies, secret, asked),
    findSession: (secret: string | undefined, kind: SessionRecord['kind']) =>
      findSession(dependencies, secret, kind),

    signOut: end,
    frontChannelSignOut: endFromOutside,
    /** Of the page that may frame a front-channel sign-out. */
    authorityOrigin: authorityOrigin(authority),
    /** Forgets a session's user: all sessions and all tokens, retained or not. */
    forget: (session: StoredSession) => forget(dependencies, session),

    listSessions: (session: StoredSession) => listSessions(dependencies, session),
    endSession: (session: StoredSession, id: string) => endSession(dependencies, session, id),
  };
}

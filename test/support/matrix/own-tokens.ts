import type { IssuedTokens, TokenClient } from '../../../src/lib/auth/tokens/token-client.ts';
import { type UserHash, userHash } from '../../../src/lib/auth/user.ts';
import type { ManualClock } from '../clock.ts';
import { idToken, tenantId } from '../id-tokens.ts';
import { createFakeTokenClient } from '../memory/token-client.ts';

/** A token endpoint whose tokens and caches name the user whom they are for. */
export interface OwnTokens extends TokenClient {
  /** Who signs in with a code; under `device`, with any device code. */
  readonly people: Map<string, { oid: string; sid: string }>;
  /** Runs at the endpoint before it answers. What it throws is the answer. */
  atEndpoint: () => Promise<void> | void;
  /** Refreshes that reached the endpoint since the last reset. */
  refreshes(): number;
  reset(): void;
}

export function createOwnTokens(clock: ManualClock): OwnTokens {
  const fake = createFakeTokenClient(clock);
  const people: OwnTokens['people'] = new Map();
  let devices = 0;
  let before = 0;
  fake.atEndpoint = () => client.atEndpoint();

  function signedIn<T extends IssuedTokens>(code: string, issued: T): T & { idToken: string } {
    const { oid = '', sid = '' } = people.get(code) ?? people.get('device') ?? {};
    const iat = Math.floor(clock.now() / 1000);
    const nonce = code.startsWith('device') ? undefined : 'nonce-1';
    const token = idToken({ oid, sid, nonce, iat, nbf: iat, exp: iat + 3600 });
    return { ...ownedBy(userHash({ oid, tid: tenantId }), issued), idToken: token };
  }

  const client: OwnTokens = {
    ...fake,
    people,
    atEndpoint: () => undefined,
    refreshes: () => fake.refreshes - before,
    reset() {
      before = fake.refreshes;
      client.atEndpoint = () => undefined;
    },
    redeem: async (request) => signedIn(request.code, await fake.redeem(request)),
    async startDevice(scopes) {
      devices += 1;
      return { ...(await fake.startDevice(scopes)), deviceCode: `device-${devices}` };
    },
    pollDevice: async (authorization, scopes) =>
      signedIn(authorization.deviceCode, await fake.pollDevice(authorization, scopes)),
    refresh: async (slot, ...rest) =>
      ownedBy(
        slot.user,
        await fake.refresh(
          { ...slot, write: (issued, version) => slot.write(ownedBy(slot.user, issued), version) },
          ...rest,
        ),
      ),
  };
  return client;
}

function ownedBy<T extends IssuedTokens>(user: UserHash, issued: T): T {
  const { token, expiresAt } = issued.accessToken;
  return {
    ...issued,
    cache: `${user}.${issued.cache}`,
    accessToken: { token: `${user}.${token}`, expiresAt },
  };
}

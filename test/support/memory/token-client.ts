import type {
  AuthorizationRequest,
  DeviceAuthorization,
  IssuedTokens,
  TokenClient,
} from '../../../src/lib/auth/tokens/token-client.ts';
import { GoneError } from '../../../src/lib/errors.ts';
import type { ManualClock } from '../clock.ts';

export interface FakeTokenClient extends TokenClient {
  /** Every authorization request. */
  asked: AuthorizationRequest[];
  /** Codes that were redeemed, in order. */
  redeemed: string[];
  /** Scopes of the device authorizations that were started. */
  devicesStarted: (readonly string[])[];
  /** Device codes that were asked for, in order. */
  devicePolls: string[];
  /** What the next device authorizations say. */
  deviceAuthorization: DeviceAuthorization;
  /** Refreshes that reached the token endpoint. */
  refreshes: number;
  /** Claims that each of them asked for. */
  claims: (string | undefined)[];
  /** Lifetime of what is issued. */
  lifetimeMs: number;
  /** Runs at the token endpoint, before it answers. What it throws is the answer. */
  atEndpoint: () => Promise<void> | void;
  /** The ID token of the next redemptions. */
  idToken: string;
}

/** A token endpoint that issues `access-1`, `access-2` and so on. */
export function createFakeTokenClient(clock: ManualClock): FakeTokenClient {
  let issued = 0;

  function issue(scopes: readonly string[]): IssuedTokens {
    issued += 1;
    return {
      cache: `cache-${issued}`,
      accessToken: { token: `access-${issued}`, expiresAt: clock.now() + client.lifetimeMs },
      scopes: [...scopes],
    };
  }

  const client: FakeTokenClient = {
    asked: [],
    redeemed: [],
    devicesStarted: [],
    devicePolls: [],
    deviceAuthorization: {
      ...{ deviceCode: 'device-code-1', userCode: 'ABCD', expiresIn: 900, interval: 5 },
      verificationUri: 'https://login.example/device',
    },
    refreshes: 0,
    claims: [],
    lifetimeMs: 60 * 60 * 1000,
    atEndpoint: () => undefined,
    idToken: '',

    async authorizationUrl(request) {
      client.asked.push(request);
      return `https://login.example/authorize?state=${request.state}`;
    },
    async redeem({ code, scopes }) {
      client.redeemed.push(code);
      await client.atEndpoint();
      return { ...issue(scopes), idToken: client.idToken };
    },
    async refresh(slot, scopes, claims) {
      let row = await slot.read();
      client.refreshes += 1;
      client.claims.push(claims);
      await client.atEndpoint();
      const tokens = issue(scopes);
      for (let attempt = 1; row; attempt++) {
        try {
          await slot.write(tokens, row.version);
          return tokens;
        } catch (error) {
          const conflict = error instanceof Error && error.name === 'ConflictError';
          if (!conflict || attempt === 5) throw error;
          row = await slot.read();
        }
      }
      throw new GoneError('the user has signed out');
    },
    async startDevice(scopes) {
      client.devicesStarted.push(scopes);
      await client.atEndpoint();
      return client.deviceAuthorization;
    },
    async pollDevice({ deviceCode }, scopes) {
      client.devicePolls.push(deviceCode);
      await client.atEndpoint();
      return { ...issue(scopes), idToken: client.idToken };
    },
    check: async () => undefined,
    endSessionUrl: (hint) => `https://login.example/logout${hint ? `?logout_hint=${hint}` : ''}`,
  };
  return client;
}

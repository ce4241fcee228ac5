import type { TokenClient } from '../../src/lib/auth/tokens/token-client.ts';
import { TokenError } from '../../src/lib/auth/tokens/token-error.ts';
import type { TokenFault } from '../../src/lib/auth/tokens/token-fault.ts';
import { ConflictError, GoneError } from '../../src/lib/errors.ts';
import { identityProvider } from './assumptions.ts';
import type { Limit } from './limit.ts';
import type { Meter } from './measurements.ts';
import { accessTokenLifetime, noteLapse, type Population } from './population.ts';

export interface TokenEndpointOptions {
  population: Population;
  /** Of each tenant. */
  limitOf: (tenant: string) => Limit;
  isOut: () => boolean;
  meter: Meter;
  now: () => number;
  random: () => number;
}

/** A model of Entra's token endpoint: throttled, at times out, and strict about unused refresh tokens. */
export interface TokenEndpoint {
  /**
   * Answers a call.
   *
   * @throws TokenError if it issues nothing.
   */
  answer(
    user: number,
    grant: 'refresh' | 'sign-in',
    sleep: Sleep,
  ): Promise<{ token: string; expiresAt: number }>;
}

type Sleep = (ms: number) => Promise<void>;

const conflictTries = 5;

export function createTokenEndpoint(options: TokenEndpointOptions): TokenEndpoint {
  const { population, limitOf, isOut, meter, now, random } = options;
  let issued = 0;

  async function fail(afterMs: number, fault: Partial<TokenFault>, sleep: Sleep): Promise<never> {
    await sleep(afterMs);
    throw new TokenError({ ...noFault, ...fault });
  }

  return {
    async answer(user, grant, sleep) {
      meter.count('tokenCalls');
      meter.add('tokenCalls', 1);
      if (isOut()) {
        const isRefused = random() < 0.5;
        await (isRefused
          ? fail(identityProvider.refusalMs, { status: 503 }, sleep)
          : fail(identityProvider.noAnswerMs, {}, sleep));
      }
      const [fastest, slowest] = identityProvider.callMs;
      const callMs = fastest + random() * (slowest - fastest);
      if (limitOf(population.tenantOf(user)).take(1, 0) === undefined) {
        meter.count('throttledCalls');
        const { retryAfterSeconds } = identityProvider;
        await fail(fastest, { status: 429, retryAfterSeconds }, sleep);
      }
      await sleep(callMs);
      if (grant === 'refresh' && noteLapse(population, user, { now: now(), meter })) {
        throw new TokenError({
          ...noFault,
          ...{ status: 400, error: 'invalid_grant', errorCodes: [700082] },
        });
      }
      population.usedAt[user] = now();
      issued += 1;
      return { token: `access-${issued}`, expiresAt: now() + accessTokenLifetime(random) };
    },
  };
}

/** What the worker and requests of one instance use of it. */
export function createRefreshClient(
  endpoint: TokenEndpoint,
  { population, sleep }: { population: Population; sleep: Sleep },
): TokenClient {
  const unused = (): never => {
    throw new Error('the simulation does not use this');
  };
  return {
    async refresh(slot, scopes) {
      let row = await slot.read();
      const accessToken = await endpoint.answer(population.indexOf(slot.user), 'refresh', sleep);
      const issued = { cache: '', accessToken, scopes: [...scopes] };
      // As MSAL's cache plugin does: what conflicts is read again.
      for (let attempt = 1; row; attempt++) {
        try {
          await slot.write(issued, row.version);
          return issued;
        } catch (error) {
          if (!(error instanceof ConflictError) || attempt === conflictTries) throw error;
          row = await slot.read();
        }
      }
      throw new GoneError('the user has signed out');
    },
    ...{ authorizationUrl: unused, redeem: unused, startDevice: unused, pollDevice: unused },
    ...{ endSessionUrl: unused, check: unused },
  };
}

const noFault: TokenFault = {
  ...{ status: undefined, error: undefined, suberror: undefined, errorCodes: [] },
  ...{ retryAfterSeconds: undefined, traceId: undefined, severalTenants: false },
};

import { expect, it } from 'vitest';
import type { TokenRecord } from '../../../../src/lib/auth/ports.ts';
import { refreshDueUser } from '../../../../src/lib/auth/refresh/worker.ts';
import { accessTokenInstead } from '../../../../src/lib/auth/tokens/access-token.ts';
import { tokenForBackEnd } from '../../../../src/lib/auth/tokens/back-end.ts';
import { missingAccessToken } from '../../../../src/lib/auth/tokens/missing-access-token.ts';
import { requestAt } from '../../../support/access-token-requests.ts';
import { minutes, startTime } from '../../../support/clock.ts';
import { appErrorOf } from '../../../support/thrown.ts';
import { refuse } from '../../../support/token-faults.ts';

/** A record whose access token alone can't be opened. */
const missing: Partial<TokenRecord> = {
  accessToken: missingAccessToken,
  accessTokenExpiresAt: missingAccessToken.expiresAt,
};
const renewed = { token: 'access-1', isNew: true };

it.each([0, 10 * minutes])('a request refreshes tokens of which it is missing (%d)', async (at) => {
  const { ask, tokenClient, record } = await requestAt(at, missing);
  expect(await ask()).toMatchObject(renewed);
  expect(await ask()).toMatchObject({ token: 'access-1' });
  expect(tokenClient.refreshes).toBe(1);
  expect(await record()).toMatchObject({ accessToken: { token: 'access-1' }, cache: 'cache-1' });
});

it('a back end’s call refreshes tokens of which it is missing', async () => {
  const { here, user, tokenClient } = await requestAt(10 * minutes, missing);
  const call = { scopes: ['User.Read'], minValidityMs: 0 };
  const caller = here;
  expect(await tokenForBackEnd(caller, { user, oid: 'oid-1' }, call)).toMatchObject(renewed);
  expect(tokenClient.refreshes).toBe(1);
});

it('a claims challenge is met where it is missing', async () => {
  const { here, user } = await requestAt(10 * minutes, missing);
  const refused = { token: 'access-0', expiresAt: startTime + 60 * minutes, scopes: [] };
  const answer = accessTokenInstead(here, user, 'code', { refused, claims: '{}' });
  expect(await answer).toMatchObject(renewed);
});

it('a worker refreshes tokens of which it is missing, when they are due', async () => {
  const dueAt = startTime + 30 * minutes;
  const { here, user, record } = await requestAt(30 * minutes, { ...missing, dueAt });
  await refreshDueUser(here, { user, flow: 'code', state: 'active', dueAt });
  expect(await record()).toMatchObject({ cache: 'cache-1', refreshedBy: 'timer' });
});

it('it is never served, whatever becomes of the refresh', async () => {
  const { ask, tokenClient } = await requestAt(10 * minutes, missing);
  tokenClient.atEndpoint = refuse({ status: 503 });
  expect((await appErrorOf(() => ask())).code).toBe('temporarily_unavailable');
});

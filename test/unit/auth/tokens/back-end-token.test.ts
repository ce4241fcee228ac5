import { describe, expect, it } from 'vitest';
import type { TokenRecord } from '../../../../src/lib/auth/ports.ts';
import type { RefreshPolicy } from '../../../../src/lib/auth/refresh/schedule.ts';
import { tokenForBackEnd } from '../../../../src/lib/auth/tokens/back-end.ts';
import { days, minutes, startTime } from '../../../support/clock.ts';
import { createRefreshing } from '../../../support/refreshing.ts';
import { appErrorOf } from '../../../support/thrown.ts';
import { refuse } from '../../../support/token-faults.ts';

/** A back end, and a user who granted User.Read and Mail.Read. */
async function createBackEnd(
  fields: Partial<TokenRecord> = {},
  policy: Partial<RefreshPolicy> = {},
) {
  const refreshing = await createRefreshing({ scopes: ['User.Read', 'Mail.Read'], ...fields });
  const { instance, user } = refreshing;
  const scopes = ['User.Read', 'Mail.Read', 'Files.Read', 'Mail.Send'];
  const clients = { code: { clientId: 'client', scopes }, device: undefined };
  const here = { ...instance({ policy }), clients };
  return {
    ...refreshing,
    ask: (scopes = ['Mail.Read'], minValidityMs = 0) =>
      tokenForBackEnd(here, { user, oid: 'oid-1' }, { scopes, minValidityMs }),
  };
}

describe('an absent user’s access token', () => {
  it('is the one that is there', async () => {
    const { ask, record } = await createBackEnd();
    expect(await ask()).toEqual({
      ...(await record()).accessToken,
      scopes: ['User.Read', 'Mail.Read'],
    });
  });

  it('is good for as long as the back end needs', async () => {
    const { ask, clock } = await createBackEnd();
    clock.advance(30 * minutes);
    expect((await ask(['Mail.Read'], 30 * minutes)).token).toBe('access-0');
    expect((await ask(['Mail.Read'], 30 * minutes + 1)).token).toBe('access-1');
  });

  it.each([[['Calendars.Read']], [['Mail.Read', 'Calendars.Read']], [['mail.read']]])(
    'is not for scopes that the app may not ask for: %j',
    async (scopes) => {
      const { ask } = await createBackEnd({ scopes: ['Mail.Read', 'Calendars.Read'] });
      const error = await appErrorOf(() => ask(scopes));
      expect(error.code).toBe('invalid_request');
      expect(error.public.detail).not.toContain('Calendars');
    },
  );

  it('needs consent to exactly the scopes that are missing', async () => {
    const { ask } = await createBackEnd();
    const error = await appErrorOf(() => ask(['Files.Read', 'User.Read', 'Mail.Send']));
    expect(error.code).toBe('consent_required');
    expect(error.public.login).toEqual({ scope: 'Files.Read Mail.Send' });
  });

  it('is for scopes that were granted, however they are written', async () => {
    const { ask } = await createBackEnd({ scopes: ['user.read', 'mail.read'] });
    expect((await ask(['Mail.Read'])).token).toBe('access-0');
  });

  it('is not there if nobody has signed in', async () => {
    const { ask, signOut } = await createBackEnd();
    await signOut();
    expect((await appErrorOf(ask)).code).toBe('not_found');
  });

  it('is not there for tokens of a device sign-in', async () => {
    const { ask } = await createBackEnd({ flow: 'device' });
    expect((await appErrorOf(ask)).code).toBe('not_found');
  });

  it('outlives the last session as long as tokens are retained, and no longer', async () => {
    const ended = { sessionsEndAt: startTime };
    const { ask, clock } = await createBackEnd(ended, { retainMs: 1 * days });
    expect((await ask()).token).toBe('access-0');
    clock.advance(1 * days - 1);
    expect((await ask()).token).toBe('access-1');
    clock.advance(1);
    expect((await appErrorOf(ask)).code).toBe('not_found');
  });

  it('is not there after the last session if nothing is retained', async () => {
    const { ask, tokenClient } = await createBackEnd({ sessionsEndAt: startTime });
    expect((await appErrorOf(() => ask(['Mail.Read'], 60 * minutes))).code).toBe('not_found');
    expect(tokenClient.refreshes).toBe(0);
  });

  it('can’t be had if the user has to sign in', async () => {
    const { ask } = await createBackEnd({ state: 'reauth_required', reason: 'password_changed' });
    const error = await appErrorOf(ask);
    expect([error.code, error.public.reason]).toEqual(['reauth_required', 'password_changed']);
  });

  it('can’t be had while the token endpoint is down and the old one is of no use', async () => {
    const { ask, clock, tokenClient } = await createBackEnd();
    tokenClient.atEndpoint = refuse({ status: 503 });
    clock.advance(61 * minutes);
    expect((await appErrorOf(ask)).code).toBe('temporarily_unavailable');
  });
});

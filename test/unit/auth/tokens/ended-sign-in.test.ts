import { describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/lib/errors.ts';
import { expired, requestAt, stale } from '../../../support/access-token-requests.ts';
import { minutes, seconds } from '../../../support/clock.ts';
import { appErrorOf } from '../../../support/thrown.ts';
import { refuse } from '../../../support/token-faults.ts';
import { newSession, tokenRecord } from '../../../support/token-records.ts';

describe('a sign-in that has ended', () => {
  const ended = { state: 'reauth_required', reason: 'session_revoked' } as const;

  it.each([0, 30 * minutes, stale, expired])(
    'asks to sign in at once, %i ms after the tokens were issued',
    async (time) => {
      const { ask, tokenClient } = await requestAt(time, ended);
      const error = await appErrorOf(ask);
      expect(error.code).toBe('reauth_required');
      expect(error.public).toMatchObject({ reason: 'session_revoked', login: {} });
      expect(tokenClient.refreshes).toBe(0);
    },
  );

  it('has a reason in any case', async () => {
    const { ask } = await requestAt(0, { state: 'reauth_required' });
    expect((await appErrorOf(ask)).public.reason).toBe('interaction_required');
  });

  it('meanwhile, on another instance, ends it here too', async () => {
    const { ask, here, record, tokenClient, tokens } = await requestAt(stale);
    const { read } = tokens;
    const late = { ...here, tokens: { ...here.tokens } };
    late.tokens.read = async (user, flow) => {
      await tokens.changeStatus(await record(), ended);
      return read(user, flow);
    };
    expect((await appErrorOf(() => ask(late))).public.reason).toBe('session_revoked');
    expect(tokenClient.refreshes).toBe(0);
  });
});

describe('a refresh that the user is refused', () => {
  const refusals = [
    [{ error: 'invalid_grant' }, 'invalid_grant'],
    [{ error: 'invalid_grant', errorCodes: [50173] }, 'session_revoked'],
    [{ error: 'interaction_required', suberror: 'basic_action' }, 'interaction_required'],
    [{ error: 'invalid_grant', errorCodes: [53003] }, 'blocked_by_policy'],
  ] as const;
  const cases = refusals.flatMap(([fault, reason]) => [
    { time: stale, fault: { ...fault }, reason },
    { time: expired, fault: { ...fault }, reason },
  ]);

  it.each(cases)(
    'ends the sign-in at once, the token valid or not: %j',
    async ({ time, fault, reason }) => {
      const { ask, counts, instance, record, tokenClient } = await requestAt(time);
      tokenClient.atEndpoint = refuse(fault);
      const error = await appErrorOf(ask);
      expect(error.code).toBe('reauth_required');
      expect(error.public).toMatchObject({ reason, login: {} });
      expect(await record()).toMatchObject({ state: 'reauth_required', reason, lease: undefined });
      for (const on of [undefined, instance()]) {
        expect((await appErrorOf(() => ask(on))).public.reason).toBe(reason);
      }
      expect(tokenClient.refreshes).toBe(1);
      expect(counts).toMatchObject({ reauthRequired: 1, failed: 0 });
    },
  );

  it('is forgotten when the user signs in again', async () => {
    const { ask, clock, record, tokenClient, tokens, user } = await requestAt(expired);
    tokenClient.atEndpoint = refuse({ error: 'invalid_grant' });
    await appErrorOf(ask);
    const [refreshedAt, accessTokenExpiresAt] = [clock.now(), clock.now() + 60 * minutes];
    const anew = tokenRecord({ user, token: 'anew', refreshedAt, accessTokenExpiresAt });
    await tokens.signIn(anew, newSession());
    expect((await ask()).token).toBe('anew');
    expect(await record()).toMatchObject({ state: 'active', reason: undefined });
    tokenClient.atEndpoint = () => undefined;
    clock.advance(expired);
    expect((await ask()).token).toBe('access-1');
  });

  it('ends nothing while it can’t be written down, and is met again', async () => {
    const { ask, clock, instance, record, tokenClient, tokens } = await requestAt(expired);
    tokenClient.atEndpoint = refuse({ error: 'invalid_grant' });
    const changeStatus: typeof tokens.changeStatus = async (previous, change) => {
      if (change.state) throw new AppError('temporarily_unavailable');
      return tokens.changeStatus(previous, change);
    };
    const broken = instance({ tokens: { ...tokens, changeStatus } });
    expect((await appErrorOf(() => ask(broken))).code).toBe('temporarily_unavailable');
    expect((await record()).state).toBe('active');
    clock.advance(30 * seconds);
    expect((await appErrorOf(ask)).code).toBe('reauth_required');
    expect((await record()).state).toBe('reauth_required');
  });
});

describe('a refresh that is refused because another instance was faster', () => {
  it.each([
    ['the other’s lease still there', true],
    ['the other’s work done', false],
  ])('brings the newer token, %s', async (_name, leased) => {
    const { ask, clock, counts, record, tokenClient, tokens, user } = await requestAt(expired);
    tokenClient.atEndpoint = async () => {
      const fresh = tokenRecord({
        user,
        token: 'theirs',
        refreshedAt: clock.now(),
        accessTokenExpiresAt: clock.now() + 60 * minutes,
        lease: leased ? { owner: 'other', until: clock.now() + 30 * seconds } : undefined,
      });
      await tokens.update(await record(), fresh);
      refuse({ error: 'invalid_grant' })();
    };
    expect((await ask()).token).toBe('theirs');
    expect(await record()).toMatchObject({ state: 'active', reason: undefined });
    expect(counts.reauthRequired).toBe(0);
    expect(tokenClient.refreshes).toBe(1);
  });
});

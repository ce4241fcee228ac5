import { describe, expect, it } from 'vitest';
import { findSession } from '../../../../src/lib/auth/session/session.ts';
import { signInLifetimeMs } from '../../../../src/lib/auth/sign-in/authorization-request.ts';
import { userHash } from '../../../../src/lib/auth/user.ts';
import { days, minutes, startTime } from '../../../support/clock.ts';
import { issuerOf, objectId, tenantId } from '../../../support/id-tokens.ts';
import { sessionPolicy } from '../../../support/refresh-policy.ts';
import { createSignIn } from '../../../support/sign-in.ts';
import { appErrorOf } from '../../../support/thrown.ts';
import { refuse } from '../../../support/token-faults.ts';

const user = userHash({ oid: objectId, tid: tenantId });

describe('a callback', () => {
  it('opens a session that its secret finds', async () => {
    const signIn = createSignIn();
    const signedIn = await signIn.callback();
    expect(signedIn).toMatchObject({ user, returnTo: '/inbox', expiresAt: startTime + 7 * days });
    const session = await findSession(
      {
        sessions: signIn.sessions,
        sessionPolicy,
        now: signIn.clock.now,
      },
      signedIn.sessionSecret,
      'browser',
    );
    expect(session).toMatchObject({ user, kind: 'browser', flow: 'code', createdAt: startTime });
    expect(session?.identity).toMatchObject({ oid: objectId, tid: tenantId });
  });

  it('stores the tokens, due before they expire', async () => {
    const signIn = createSignIn();
    await signIn.callback();
    expect(await signIn.tokens.read(user, 'code')).toMatchObject({
      cache: 'cache-1',
      accessToken: { token: 'access-1', expiresAt: startTime + 60 * minutes },
      scopes: ['User.Read'],
      refreshedAt: startTime,
      refreshedBy: 'request',
      state: 'active',
      tenantId,
      lastSeenAt: startTime,
      sessionsEndAt: startTime + 7 * days,
      dueAt: startTime + 45 * minutes,
    });
    expect(await signIn.tokens.sessionsOf(user)).toHaveLength(1);
  });

  it('lists no secret under the user', async () => {
    const signIn = createSignIn();
    const { sessionSecret } = await signIn.callback();
    const id = sessionSecret.split('.')[1] ?? '';
    expect(JSON.stringify(await signIn.tokens.sessionsOf(user))).not.toContain(id);
  });

  it('gives each sign-in a session of its own', async () => {
    const first = await createSignIn().callback();
    const second = await createSignIn().callback();
    expect(first.sessionSecret).not.toBe(second.sessionSecret);
  });

  it('redeems one of many copies, and opens one session', async () => {
    const signIn = createSignIn();
    const copies = await Promise.allSettled(Array.from({ length: 20 }, () => signIn.callback()));
    expect(copies.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(signIn.tokenClient.redeemed).toEqual(['code-1']);
    expect(signIn.sessions.count()).toBe(1);
  });

  it('that comes again is refused without a token call', async () => {
    const signIn = createSignIn();
    await signIn.callback();
    const error = await appErrorOf(() => signIn.callback({ code: 'code-2' }));
    expect(error.code).toBe('invalid_request');
    expect(signIn.tokenClient.redeemed).toEqual(['code-1']);
  });

  it('that comes again after a failure is refused too', async () => {
    const signIn = createSignIn();
    signIn.tokenClient.atEndpoint = refuse({ status: 503 });
    expect((await appErrorOf(() => signIn.callback())).code).toBe('temporarily_unavailable');
    expect((await appErrorOf(() => signIn.callback())).code).toBe('invalid_request');
    expect(signIn.tokenClient.redeemed).toHaveLength(1);
  });

  it('may name the issuer', async () => {
    await createSignIn().callback({ iss: issuerOf(tenantId) });
  });
});

describe('a callback is refused without a token call', () => {
  const refused: [string, (signIn: ReturnType<typeof createSignIn>) => Promise<unknown>][] = [
    ['with another state', ({ callback }) => callback({ state: 'state-2' })],
    ['with a state that begins like ours', ({ callback }) => callback({ state: 'state-11' })],
    ['without a state', ({ callback }) => callback({ state: undefined })],
    ['without a cookie', ({ withoutCookie }) => withoutCookie()],
    ['without a code', ({ callback }) => callback({ code: undefined })],
    ['with an empty code', ({ callback }) => callback({ code: '' })],
    ['from another issuer', ({ callback }) => callback({ iss: 'https://evil.example/v2.0' })],
    ['with an empty issuer', ({ callback }) => callback({ iss: '' })],
    [
      'when it took too long',
      ({ callback, clock }) => {
        clock.advance(signInLifetimeMs);
        return callback();
      },
    ],
  ];

  it.each(refused)('%s', async (_name, call) => {
    const signIn = createSignIn();
    const error = await appErrorOf(() => call(signIn));
    expect(error.code).toBe('invalid_request');
    expect(error.public.login).toBeDefined();
    expect(signIn.tokenClient.redeemed).toEqual([]);
    expect(signIn.sessions.count()).toBe(0);
  });

  it('and the sign-in may still be completed', async () => {
    const signIn = createSignIn();
    await appErrorOf(() => signIn.callback({ state: 'forged' }));
    await signIn.callback();
  });
});

describe('an error from the authorization endpoint', () => {
  it.each([
    ['access_denied', 'forbidden'],
    ['consent_required', 'reauth_required'],
    ['interaction_required', 'reauth_required'],
    ['login_required', 'reauth_required'],
    ['temporarily_unavailable', 'temporarily_unavailable'],
    ['server_error', 'temporarily_unavailable'],
    ['invalid_scope', 'invalid_request'],
    ['unauthorized_client', 'invalid_request'],
    ['<script>alert(1)</script>', 'invalid_request'],
    ['constructor', 'invalid_request'],
    ['', 'invalid_request'],
  ])('%s is %s, in our own words', async (error, code) => {
    const signIn = createSignIn();
    const failure = await appErrorOf(() => signIn.callback({ error }));
    expect(failure.code).toBe(code);
    expect(JSON.stringify(failure.public)).not.toContain('script');
    expect(signIn.tokenClient.redeemed).toEqual([]);
  });

  it('of a sign-in that was not started here counts as none', async () => {
    const failure = await appErrorOf(() =>
      createSignIn().callback({ error: 'access_denied', state: 'forged' }),
    );
    expect(failure.code).toBe('invalid_request');
  });
});

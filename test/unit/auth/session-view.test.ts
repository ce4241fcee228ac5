import { describe, expect, it } from 'vitest';
import { findSession } from '../../../src/lib/auth/session.ts';
import { viewSession } from '../../../src/lib/auth/session-view.ts';
import { userHash } from '../../../src/lib/auth/user.ts';
import { days, hours, startTime } from '../../support/clock.ts';
import { objectId, tenantId } from '../../support/id-tokens.ts';
import { createSignIn } from '../../support/sign-in.ts';

const policy = { idleMs: 8 * hours, maxMs: 7 * days };

async function signedIn() {
  const signIn = createSignIn();
  const { sessionSecret } = await signIn.callback();
  const { sessions, clock, tokens } = signIn;
  const session = await findSession({ sessions, policy, now: clock.now }, sessionSecret);
  if (!session) throw new Error('the session is not there');
  return { tokens, session, view: () => viewSession({ tokens }, session, 'https://app/login') };
}

describe('the view of a session', () => {
  it('tells of the session, the user and the state of the tokens', async () => {
    const { view } = await signedIn();
    expect(await view()).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      kind: 'browser',
      createdAt: '2026-03-14T09:30:00.000Z',
      idleExpiresAt: '2026-03-14T17:30:00.000Z',
      expiresAt: '2026-03-21T09:30:00.000Z',
      user: { id: objectId, tenantId, name: 'Ada Lovelace', username: 'ada@example.com' },
      state: 'active',
      scopes: ['User.Read'],
      accessTokenExpiresAt: '2026-03-14T10:30:00.000Z',
      lastRefreshedAt: '2026-03-14T09:30:00.000Z',
      lastRefreshedBy: 'request',
      nextRefreshAt: '2026-03-14T10:15:00.000Z',
      reauthBy: new Date(startTime + 90 * days).toISOString(),
      loginUrl: 'https://app/login',
    });
  });

  it('never holds a token, the cookie or the hash behind it', async () => {
    const { view, session } = await signedIn();
    const text = JSON.stringify(await view());
    for (const secret of ['access-1', 'cache-1', session.key.hash]) {
      expect(text).not.toContain(secret);
    }
  });

  it('asks to sign in again when the tokens are gone', async () => {
    const { tokens, session, view } = await signedIn();
    const user = userHash(session.identity);
    await tokens.signOut(user, [session.key.hash], startTime);
    expect(await view()).toMatchObject({ state: 'reauth_required', reason: 'tokens_missing' });
  });
});

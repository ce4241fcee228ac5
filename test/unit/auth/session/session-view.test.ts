import { describe, expect, it } from 'vitest';
import type { StatusChange } from '../../../../src/lib/auth/ports.ts';
import { findSession } from '../../../../src/lib/auth/session/session.ts';
import { viewSession } from '../../../../src/lib/auth/session/view.ts';
import { missingAccessToken } from '../../../../src/lib/auth/tokens/missing-access-token.ts';
import { userHash } from '../../../../src/lib/auth/user.ts';
import { days, minutes, startTime } from '../../../support/clock.ts';
import { objectId, tenantId } from '../../../support/id-tokens.ts';
import { openGate } from '../../../support/no-limits.ts';
import { sessionPolicy } from '../../../support/refresh-policy.ts';
import { createSignIn } from '../../../support/sign-in.ts';

const user = userHash({ oid: objectId, tid: tenantId });

async function signedIn() {
  const { callback, clock, core, sessions, tokens } = createSignIn();
  const { sessionSecret } = await callback();
  const session = await findSession(
    { sessions, sessionPolicy, now: clock.now },
    sessionSecret,
    'browser',
  );
  if (!session) throw new Error('the session is not there');

  async function record() {
    const present = await tokens.read(user, 'code');
    if (!present) throw new Error('the record is not there');
    return present;
  }

  return {
    ...{ clock, tokens, session, record },
    change: async (change: StatusChange) => tokens.changeStatus(await record(), change),
    /** @param refused the tenant whose token endpoint refuses the app. */
    view: (refused?: string) => {
      const gate = { ...openGate, isOpen: (tenant: string) => tenant === refused };
      return viewSession({ ...core, gate }, session, 'https://app/login');
    },
  };
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
    await tokens.signOut(user, [session.key.hash], { now: startTime, retainMs: 0 });
    expect(await view()).toMatchObject({ state: 'reauth_required', reason: 'tokens_missing' });
  });
});

describe('tokens in the view of a session', () => {
  it('are degraded when the last refresh has failed', async () => {
    const { change, view } = await signedIn();
    await change({ failures: 1, dueAt: startTime + 5 * minutes });
    expect(await view()).toMatchObject({
      state: 'degraded',
      nextRefreshAt: '2026-03-14T09:35:00.000Z',
      reauthBy: expect.any(String),
    });
    expect(await view()).not.toHaveProperty('reason');
  });

  it('are degraded when they have been due for two minutes', async () => {
    const { change, view } = await signedIn();
    await change({ dueAt: startTime - 2 * minutes });
    expect(await view()).toMatchObject({ state: 'active' });
    await change({ dueAt: startTime - 2 * minutes - 1 });
    expect(await view()).toMatchObject({ state: 'degraded' });
  });

  it('are degraded while the app is refused by their tenant, not by another one', async () => {
    const { view } = await signedIn();
    expect(await view(tenantId)).toMatchObject({ state: 'degraded' });
    expect(await view('another-tenant')).toMatchObject({ state: 'active' });
  });

  it('are not refreshed any more once the sign-in has ended', async () => {
    const { change, view } = await signedIn();
    await change({ state: 'reauth_required', reason: 'blocked_by_policy', failures: 1 });
    const shown = await view(tenantId);
    expect(shown).toMatchObject({
      state: 'reauth_required',
      reason: 'blocked_by_policy',
      scopes: ['User.Read'],
      accessTokenExpiresAt: '2026-03-14T10:30:00.000Z',
      loginUrl: 'https://app/login',
    });
    expect(shown).not.toHaveProperty('nextRefreshAt');
    expect(shown).not.toHaveProperty('reauthBy');
  });
});

describe('looking at a session', () => {
  it('is activity', async () => {
    const { clock, record, view } = await signedIn();
    clock.advance(4 * minutes);
    await view();
    expect((await record()).lastSeenAt).toBe(startTime);
    clock.advance(1 * minutes);
    await view();
    expect((await record()).lastSeenAt).toBe(startTime + 5 * minutes);
  });

  it('makes a user due soon who was away for days', async () => {
    const { change, clock, record, view } = await signedIn();
    await change({ lastSeenAt: startTime - 3 * days, dueAt: startTime + 30 * days });
    clock.advance(5 * minutes);
    const { nextRefreshAt } = await view();
    expect((await record()).dueAt).toBe(startTime + 45 * minutes);
    expect(nextRefreshAt).toBe('2026-03-14T10:15:00.000Z');
  });

  it('changes nothing once the sign-in has ended', async () => {
    const { change, clock, record, view } = await signedIn();
    await change({ state: 'reauth_required', reason: 'session_revoked' });
    const before = await record();
    clock.advance(3 * days);
    await view();
    expect(await record()).toEqual(before);
  });

  it('works while activity can’t be noted', async () => {
    const { clock, record, tokens, view } = await signedIn();
    tokens.changeStatus = () => Promise.reject(new Error('down'));
    const { dueAt } = await record();
    clock.advance(1 * days);
    const nextRefreshAt = new Date(dueAt).toISOString();
    expect(await view()).toMatchObject({ state: 'degraded', nextRefreshAt });
  });
});

describe('the view of a session whose access token can’t be opened', () => {
  async function damaged() {
    const signed = await signedIn();
    const record = await signed.record();
    const missing = { accessToken: missingAccessToken, accessTokenExpiresAt: 0 };
    await signed.tokens.update(record, { ...record, ...missing });
    return signed;
  }

  it('is degraded until the tokens are refreshed, and tells no expiry', async () => {
    const { view } = await damaged();
    const shown = await view();
    expect(shown).toMatchObject({ state: 'degraded', lastRefreshedBy: 'request' });
    expect(shown).not.toHaveProperty('accessTokenExpiresAt');
  });

  it('has no tokens if the cache can’t be opened either', async () => {
    const { view, tokens } = await damaged();
    tokens.read = async () => undefined;
    const missing = { state: 'reauth_required', reason: 'tokens_missing' };
    expect(await view()).toMatchObject(missing);
  });
});

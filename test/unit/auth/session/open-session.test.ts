import { describe, expect, it } from 'vitest';
import { userHash } from '../../../../src/lib/auth/user.ts';
import { AppError } from '../../../../src/lib/errors.ts';
import { days, hours, startTime } from '../../../support/clock.ts';
import { idToken, objectId, tenantId } from '../../../support/id-tokens.ts';
import { refreshPolicy } from '../../../support/refresh-policy.ts';
import { createSignIn, transaction } from '../../../support/sign-in.ts';
import { appErrorOf } from '../../../support/thrown.ts';

const user = userHash({ oid: objectId, tid: tenantId });

/** Signs in, and then as somebody else in the same browser. */
async function signedInTwice(signIn: ReturnType<typeof createSignIn>) {
  const { sessionSecret } = await signIn.callback();
  signIn.clock.advance(1 * hours);
  const iat = Math.floor(signIn.clock.now() / 1000);
  signIn.tokenClient.idToken = idToken({ oid: 'another', iat, exp: iat + 3600 });
  const again = { ...transaction, state: 'state-2', createdAt: signIn.clock.now() };
  return signIn.callback({ state: 'state-2' }, again, sessionSecret);
}

const down = () => Promise.reject(new AppError('temporarily_unavailable'));

describe('the browser’s earlier session', () => {
  it('ends, and with it all that was kept of its user', async () => {
    const signIn = createSignIn();
    const { user: other } = await signedInTwice(signIn);
    expect(other).not.toBe(user);
    expect(signIn.tokens.rowsOf(user)).toEqual([]);
    expect(signIn.sessions.count()).toBe(1);
  });

  it('leaves tokens that outlive it', async () => {
    const signIn = createSignIn();
    signIn.core.refreshPolicy = { ...refreshPolicy, retainMs: 30 * days };
    await signedInTwice(signIn);
    const sessionsEndAt = startTime + 1 * hours;
    expect(await signIn.tokens.read(user, 'code')).toMatchObject({ sessionsEndAt });
    expect(await signIn.tokens.sessionsOf(user)).toEqual([]);
    expect(signIn.sessions.count()).toBe(1);
  });

  it('does not fail the new one when it can’t be ended, and the log says so', async () => {
    const signIn = createSignIn();
    signIn.tokens.signOut = down;
    await signedInTwice(signIn);
    expect(signIn.sessions.count()).toBe(2);
    expect(signIn.log.lines).toEqual([
      {
        level: 'warn',
        event: 'earlier-session-not-ended',
        fields: { code: 'temporarily_unavailable' },
      },
    ]);
  });
});

describe('a session that can’t be written', () => {
  it('leaves nothing behind', async () => {
    const signIn = createSignIn();
    signIn.sessions.create = down;
    expect((await appErrorOf(() => signIn.callback())).code).toBe('temporarily_unavailable');
    expect(signIn.tokens.rowsOf(user)).toEqual([]);
  });

  it('leaves tokens where they outlive sessions', async () => {
    const signIn = createSignIn();
    signIn.core.refreshPolicy = { ...refreshPolicy, retainMs: 30 * days };
    signIn.sessions.create = down;
    await appErrorOf(() => signIn.callback());
    expect(await signIn.tokens.sessionsOf(user)).toEqual([]);
    expect(await signIn.tokens.read(user, 'code')).toMatchObject({ sessionsEndAt: startTime });
  });
});

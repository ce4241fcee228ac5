import { describe, expect, it } from 'vitest';
import { forgetUser, revokeUser } from '../../../../src/lib/auth/operator/end-user.ts';
import type { TokenStore } from '../../../../src/lib/auth/ports.ts';
import { refreshTokens } from '../../../../src/lib/auth/refresh/refresh.ts';
import { ConflictError } from '../../../../src/lib/errors.ts';
import { days } from '../../../support/clock.ts';
import { refreshPolicy, sessionPolicy } from '../../../support/refresh-policy.ts';
import { createRefreshing } from '../../../support/refreshing.ts';
import { newSession, tokenRecord } from '../../../support/token-records.ts';

type Refreshing = Awaited<ReturnType<typeof createRefreshing>>;

function operator({ tokens, sessions, clock }: Refreshing, store: Partial<TokenStore> = {}) {
  const retaining = { ...refreshPolicy, retainMs: 30 * days };
  const core = { sessions, sessionPolicy, now: clock.now };
  return { ...core, tokens: { ...tokens, ...store }, refreshPolicy: retaining };
}

const revoked = { state: 'reauth_required', reason: 'session_revoked' };

describe('a revocation', () => {
  it('ends retained tokens, and a refresh that is under way does not bring them back', async () => {
    const refreshing = await createRefreshing();
    const { tokenClient, user, tokens } = refreshing;
    tokenClient.atEndpoint = () => revokeUser(operator(refreshing), user);
    await refreshTokens(refreshing.instance(), {
      ...{ user, flow: 'code', by: 'timer', wanted: () => true },
    });
    expect(tokenClient.refreshes).toBe(1);
    expect(await tokens.readStatus(user, 'code')).toMatchObject(revoked);
    expect(await tokens.sessionsOf(user)).toEqual([]);
  });

  it('ends the tokens of both clients, whatever others write meanwhile', async () => {
    const refreshing = await createRefreshing();
    const { user, tokens } = refreshing;
    await tokens.signIn(tokenRecord({ user, flow: 'device' }), newSession());
    let conflicts = 0;
    const store: Partial<TokenStore> = {
      async update(previous, next) {
        conflicts += 1;
        if (conflicts === 1) throw new ConflictError('changed');
        return tokens.update(previous, next);
      },
    };
    await revokeUser(operator(refreshing, store), user);
    expect(await tokens.readStatus(user, 'code')).toMatchObject(revoked);
    expect(await tokens.readStatus(user, 'device')).toMatchObject(revoked);
    expect(conflicts).toBe(3);
  });

  it('deletes retained tokens that can’t be opened', async () => {
    const refreshing = await createRefreshing();
    const { user } = refreshing;
    await revokeUser(operator(refreshing, { read: async () => undefined }), user);
    expect(refreshing.tokens.rowsOf(user)).toEqual([]);
  });
});

it('a deletion takes what is retained, and who signs in meanwhile', async () => {
  const refreshing = await createRefreshing();
  const { user, tokens } = refreshing;
  let signIns = 0;
  const store: Partial<TokenStore> = {
    async signOut(...given) {
      const result = await tokens.signOut(...given);
      signIns += 1;
      if (signIns === 1) await tokens.signIn(tokenRecord({ user }), newSession());
      return result;
    },
  };
  await forgetUser(operator(refreshing, store), user);
  expect(tokens.rowsOf(user)).toEqual([]);
});

import { describe, expect, it } from 'vitest';
import { rememberTokens } from '../../../../src/lib/auth/tokens/remembered-tokens.ts';
import { createManualClock, minutes, seconds } from '../../../support/clock.ts';
import { createMemoryTokenStore } from '../../../support/memory/token-store.ts';
import { newSession, newUser, tokenRecord } from '../../../support/token-records.ts';

/** A store with a memory, and somebody in it whose tokens were read. */
async function readOnce({ maxUsers = 10 } = {}) {
  const clock = createManualClock();
  const store = createMemoryTokenStore();
  const tokens = rememberTokens(store, { now: clock.now, maxUsers });
  const add = async () => {
    const user = newUser();
    await store.signIn(tokenRecord({ user, token: 'first' }), newSession());
    return user;
  };
  const user = await add();
  const found = await tokens.readAccessToken(user, 'code');
  if (!found) throw new Error('they are there');
  return { clock, store, tokens, add, user, found };
}

describe('tokens that were read', () => {
  it('are remembered for a minute', async () => {
    const { clock, tokens, user, found } = await readOnce();
    clock.advance(59 * seconds);
    expect(tokens.recall(user, 'code')).toBe(found);
    clock.advance(1 * seconds);
    expect(tokens.recall(user, 'code')).toBeUndefined();
  });

  it('are remembered for a minute from when they were read last', async () => {
    const { clock, tokens, user } = await readOnce();
    clock.advance(50 * seconds);
    await tokens.readAccessToken(user, 'code');
    clock.advance(50 * seconds);
    expect(tokens.recall(user, 'code')).toBeDefined();
  });

  it('are one user’s and one flow’s', async () => {
    const { tokens, add, user } = await readOnce();
    expect(tokens.recall(user, 'device')).toBeUndefined();
    expect(tokens.recall(await add(), 'code')).toBeUndefined();
  });

  it('are not remembered if they are long, so that memory stays bounded', async () => {
    const { store, tokens } = await readOnce();
    for (const [length, isRemembered] of [
      [16 * 1024, true],
      [16 * 1024 + 1, false],
    ] as const) {
      const user = newUser();
      await store.signIn(tokenRecord({ user, token: 'x'.repeat(length) }), newSession());
      expect((await tokens.readAccessToken(user, 'code'))?.accessToken.token).toHaveLength(length);
      expect(tokens.recall(user, 'code') !== undefined).toBe(isRemembered);
    }
  });

  it('are forgotten when they are gone', async () => {
    const { store, tokens, user, found } = await readOnce();
    await store.remove(found);
    await tokens.readAccessToken(user, 'code');
    expect(tokens.recall(user, 'code')).toBeUndefined();
  });

  it('of somebody else are forgotten first if they were read longer ago', async () => {
    const { tokens, add, user } = await readOnce({ maxUsers: 2 });
    const [second, third] = [await add(), await add()];
    await tokens.readAccessToken(second, 'code');
    await tokens.readAccessToken(user, 'code');
    await tokens.readAccessToken(third, 'code');
    expect(tokens.recall(second, 'code')).toBeUndefined();
    expect(tokens.recall(user, 'code')).toBeDefined();
    expect(tokens.recall(third, 'code')).toBeDefined();
  });
});

describe('tokens are forgotten by whoever', () => {
  type There = Awaited<ReturnType<typeof readOnce>>;
  const next = { token: 'second', cache: 'cache-2' };

  it.each<[string, (there: There) => Promise<unknown>]>([
    ['signs in', ({ tokens, user }) => tokens.signIn(tokenRecord({ user, ...next }), newSession())],
    [
      'refreshes them',
      ({ tokens, user, found }) => tokens.update(found, tokenRecord({ user, ...next })),
    ],
    ['ends them', ({ tokens, found }) => tokens.changeStatus(found, { state: 'reauth_required' })],
    ['deletes them', ({ tokens, found }) => tokens.remove(found)],
    [
      'signs out',
      ({ tokens, user }) => tokens.signOut(user, [], { now: 10 * minutes, retainMs: 0 }),
    ],
    [
      'tries to',
      ({ tokens, user, found }) =>
        tokens
          .update({ ...found, version: 'another' }, tokenRecord({ user, ...next }))
          .catch(() => undefined),
    ],
  ])('%s', async (_name, change) => {
    const there = await readOnce();
    await change(there);
    expect(there.tokens.recall(there.user, 'code')).toBeUndefined();
  });

  it('changes them, also if a read that began before ends after', async () => {
    const { store, user, clock } = await readOnce();
    let answer = () => {};
    const tokens = rememberTokens(
      {
        ...store,
        async readAccessToken(...of) {
          const found = await store.readAccessToken(...of);
          await new Promise<void>((resolve) => {
            answer = resolve;
          });
          return found;
        },
      },
      { now: clock.now },
    );
    const read = tokens.readAccessToken(user, 'code');
    await tokens.signIn(tokenRecord({ user, ...next }), newSession());
    answer();
    await read;
    expect(tokens.recall(user, 'code')).toBeUndefined();
  });

  it('changes them, also if they were read while that was under way', async () => {
    const { store, user, found, clock } = await readOnce();
    const tokens = rememberTokens(
      {
        ...store,
        async changeStatus(previous, change) {
          await tokens.readAccessToken(user, 'code');
          return store.changeStatus(previous, change);
        },
      },
      { now: clock.now },
    );
    await tokens.changeStatus(found, { state: 'reauth_required' });
    expect(tokens.recall(user, 'code')).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import type { TokenStore } from '../../../../src/lib/auth/ports.ts';
import { refreshDueUser } from '../../../../src/lib/auth/refresh/worker.ts';
import { tokensTooLarge } from '../../../../src/lib/auth/tokens/too-large.ts';
import { expired, requestAt, stale } from '../../../support/access-token-requests.ts';
import { minutes, startTime } from '../../../support/clock.ts';
import { createSignIn } from '../../../support/sign-in.ts';
import { appErrorOf } from '../../../support/thrown.ts';
import { refuse } from '../../../support/token-faults.ts';
import { marksOf } from '../../../support/token-records.ts';

/** A user whose refreshed tokens storage refuses, because they are too large. */
async function refusedAt(time: number) {
  const here = await requestAt(time, { lastSeenAt: startTime + time });
  const { tokens, instance, newGate } = here;
  const gate = newGate();
  let isRefused = true;
  let writes = 0;
  const update: TokenStore['update'] = async (previous, next) => {
    writes += 1;
    if (isRefused) throw tokensTooLarge();
    return tokens.update(previous, next);
  };
  return {
    ...{ ...here, gate, small: instance({ gate, tokens: { ...tokens, update } }) },
    writes: () => writes,
    accept: () => {
      isRefused = false;
    },
  };
}

describe('refreshed tokens that are too large to be stored', () => {
  it('are refused with a reason, and what is stored stays', async () => {
    const { ask, log, record, small, writes } = await refusedAt(expired);
    const before = await record();
    const error = await appErrorOf(() => ask(small));
    expect([error.code, error.status]).toEqual(['misconfigured', 503]);
    expect(error.public).toMatchObject({ reason: 'tokens_too_large' });
    expect(error.public.detail).toContain('too large');
    const { state, cache, accessToken, lease } = await record();
    expect({ state, cache, accessToken, lease }).toEqual({
      ...{ state: 'active', cache: before.cache, accessToken: before.accessToken },
      lease: undefined,
    });
    expect(log.lines.at(-1)).toMatchObject({
      event: 'audit',
      fields: { outcome: 'failed', code: 'misconfigured', reason: 'tokens_too_large' },
    });
    // Nothing is gained by trying again.
    expect(writes()).toBe(1);
  });

  it('count as failed for this user alone', async () => {
    const { ask, counted, small } = await refusedAt(expired);
    await appErrorOf(() => ask(small));
    expect(counted).toEqual(['failed-alone']);
  });

  it('cost no token call while the user backs off, and the reason is told', async () => {
    const { ask, clock, instance, small, tokenClient, accept } = await refusedAt(expired);
    await appErrorOf(() => ask(small));
    for (const on of [small, instance()]) {
      const error = await appErrorOf(() => ask(on));
      expect([error.code, error.public.reason]).toEqual(['misconfigured', 'tokens_too_large']);
      expect(error.public.retryAfterSeconds).toBeGreaterThan(0);
    }
    expect(tokenClient.refreshes).toBe(1);
    accept();
    clock.advance(1 * minutes);
    expect((await ask(small)).token).toBe('access-2');
  });

  it('are no reason to withhold a valid token', async () => {
    const { ask, small } = await refusedAt(stale);
    expect((await ask(small)).token).toBe('access-0');
  });

  it('are no reason to keep other users from the token endpoint', async () => {
    const { ask, gate, small } = await refusedAt(expired);
    await appErrorOf(() => ask(small));
    expect(gate.isOpen('tenant-1')).toBe(false);
  });

  it('make the workers wait as well', async () => {
    const { clock, counts, record, small, tokens, user } = await refusedAt(expired);
    const [mark] = await marksOf(tokens, user);
    if (!mark) throw new Error('the user is not due');
    await refreshDueUser(small, mark);
    const { dueAt, failures, reason, state } = await record();
    expect({ failures, reason, state }).toEqual({
      ...{ failures: 1, reason: 'tokens_too_large', state: 'active' },
    });
    expect(dueAt).toBeGreaterThan(clock.now());
    expect(counts).toMatchObject({ failed: 1, refreshed: 0 });
  });

  it('are forgotten as a reason with the next failure of another kind', async () => {
    const { ask, clock, instance, record, small, tokenClient } = await refusedAt(expired);
    await appErrorOf(() => ask(small));
    clock.advance(1 * minutes);
    tokenClient.atEndpoint = refuse({ status: 503 });
    expect((await appErrorOf(() => ask(instance()))).code).toBe('temporarily_unavailable');
    expect(await record()).toMatchObject({ failures: 2, reason: undefined });
  });
});

it('a sign-in whose tokens are too large to be stored opens no session', async () => {
  const signIn = createSignIn();
  signIn.tokens.signIn = () => Promise.reject(tokensTooLarge());
  const error = await appErrorOf(() => signIn.callback());
  expect([error.code, error.public.reason]).toEqual(['misconfigured', 'tokens_too_large']);
  expect(signIn.sessions.count()).toBe(0);
});

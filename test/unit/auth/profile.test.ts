import { describe, expect, it } from 'vitest';
import { readProfile } from '../../../src/lib/auth/profile.ts';
import { startTime } from '../../support/clock.ts';
import { createRefreshing } from '../../support/refreshing.ts';
import { appErrorOf } from '../../support/thrown.ts';

async function profileOf(id: string) {
  const { instance, user } = await createRefreshing();
  const asked: string[][] = [];
  const graph = {
    me: async (...call: string[]) => {
      asked.push(call);
      return { id, json: `{"id":"${id}"}` };
    },
  };
  const session = {
    user,
    identity: { oid: 'oid-1', tid: 't', name: undefined, username: undefined },
    flow: 'code',
    kind: 'browser',
    createdAt: startTime,
    lastSeenAt: startTime,
    expiresAt: startTime,
    idleExpiresAt: startTime,
    key: { day: '', hash: '' },
  } as const;
  const profile = await readProfile({ ...instance(), graph }, session, 'request-1');
  return { profile, asked };
}

describe('the profile', () => {
  it('is Graph’s answer to the user’s token, unchanged', async () => {
    const { profile, asked } = await profileOf('oid-1');
    expect(profile.json).toBe('{"id":"oid-1"}');
    expect(asked).toEqual([['access-0', 'request-1']]);
  });

  it('of anybody else is refused', async () => {
    expect((await appErrorOf(() => profileOf('oid-2'))).code).toBe('bad_gateway');
  });
});

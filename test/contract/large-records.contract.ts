import { beforeAll, describe, expect, it } from 'vitest';
import type { FoundRecord, TokenStore } from '../../src/lib/auth/ports.ts';
import { minutes, startTime } from '../support/clock.ts';
import { randomText } from '../support/random-text.ts';
import { appErrorOf } from '../support/thrown.ts';
import { newSession, newUser, newUserIn, tokenRecord } from '../support/token-records.ts';
import { allMarksOf, signedIn, storedRecord } from './stored-record.ts';
import type { CreateTokenStore } from './token-store.contract.ts';

const kilo = 1024;
const later = startTime + 90 * minutes;

const sizes: [string, { token: number; cache: number }][] = [
  ['a 70 KB access token', { token: 70 * kilo, cache: 1 * kilo }],
  ['an 85 KB cache', { token: 1 * kilo, cache: 85 * kilo }],
  ['a 600 KB cache', { token: 2 * kilo, cache: 600 * kilo }],
  ['a 70 KB access token and a 400 KB cache', { token: 70 * kilo, cache: 400 * kilo }],
  ['a 600 KB access token', { token: 600 * kilo, cache: 1 * kilo }],
];
const tooLarge: [string, { token: number; cache: number }][] = [
  ['a 1.2 MB access token', { token: 1_200 * kilo, cache: 1 * kilo }],
  // The store compresses it.
  ['a 1.6 MB cache', { token: 1 * kilo, cache: 1_600 * kilo }],
];

function contentOf({ token, cache }: { token: number; cache: number }) {
  const text = randomText(token);
  return { cache: randomText(cache), accessToken: { token: text, expiresAt: later } };
}

/** Records that are larger than a property of a row, and larger than a row. */
export function describeLargeRecords(name: string, create: CreateTokenStore): void {
  describe(`large token records on ${name}`, () => {
    let store: TokenStore;

    beforeAll(async () => {
      ({ store } = await create());
    });

    const largeRecord = (size: { token: number; cache: number }, user = newUser()) =>
      tokenRecord({ user, ...contentOf(size), accessTokenExpiresAt: later });

    it.each(sizes)('with %s are read as they were signed in', async (_name, size) => {
      const record = largeRecord(size);
      await store.signIn(record, newSession());
      const version = expect.any(String);
      expect(await store.read(record.user, 'code')).toEqual({ ...record, version });
      const { accessToken } = (await store.readAccessToken(record.user, 'code')) ?? {};
      expect(accessToken).toEqual(record.accessToken);
    });

    it.each(sizes)(
      'with %s replace smaller ones, and are replaced by them',
      async (_name, size) => {
        const small = await signedIn(store);
        const large = largeRecord(size, small.user);
        const version = await store.update(small, large);
        expect(await store.read(small.user, 'code')).toEqual({ ...large, version });
        const { version: _, ...before } = small;
        const last = await store.update({ ...large, version }, before);
        expect(await store.read(small.user, 'code')).toEqual({ ...before, version: last });
      },
    );

    it('stay as they are when their status changes', async () => {
      const record = largeRecord({ token: 70 * kilo, cache: 400 * kilo });
      await store.signIn(record, newSession());
      const lease = { owner: 'me', until: later };
      await store.changeStatus(await storedRecord(store, record.user), { lease, dueAt: later });
      const { version: _, ...stored } = await storedRecord(store, record.user);
      expect(stored).toEqual({ ...record, lease, dueAt: later });
    });

    it('are listed with their caches', async () => {
      const record = largeRecord({ token: 70 * kilo, cache: 85 * kilo }, newUserIn('7'));
      await store.signIn(record, newSession());
      const found: FoundRecord[] = [];
      for await (const page of store.records('7')) found.push(...page);
      expect(found.find(({ user }) => user === record.user)).toMatchObject({ cache: record.cache });
    });

    it.each(tooLarge)('with %s are refused, and what was there stays', async (_name, size) => {
      const before = await signedIn(store);
      const [marks, sessions] = [
        await allMarksOf(store, before.user),
        await store.sessionsOf(before.user),
      ];
      const large = largeRecord(size, before.user);
      for (const write of [
        () => store.update(before, { ...large, dueAt: later }),
        () => store.signIn({ ...large, dueAt: later }, newSession()),
      ]) {
        const error = await appErrorOf(write);
        expect([error.code, error.public.reason]).toEqual(['misconfigured', 'tokens_too_large']);
      }
      expect(await store.read(before.user, 'code')).toEqual(before);
      expect(await allMarksOf(store, before.user)).toEqual(marks);
      expect(await store.sessionsOf(before.user)).toEqual(sessions);
    });

    it('that are refused at the first sign-in leave nothing', async () => {
      const record = largeRecord({ token: 1_200 * kilo, cache: 1 * kilo });
      await appErrorOf(() => store.signIn(record, newSession()));
      expect(await store.readStatus(record.user, 'code')).toBeUndefined();
      expect(await store.sessionsOf(record.user)).toEqual([]);
    });
  });
}

import { beforeAll, describe, expect, it } from 'vitest';
import type { StatusChange, TokenStore } from '../../src/lib/auth/ports.ts';
import { ConflictError, GoneError } from '../../src/lib/errors.ts';
import { days, minutes, startTime } from '../support/clock.ts';
import { newUser, tokenRecord } from '../support/token-records.ts';
import { allMarksOf, markOf, signedIn, storedRecord } from './stored-record.ts';
import type { CreateTokenStore, TokenStoreSubject } from './token-store.contract.ts';

const later = startTime + 90 * minutes;
const lease = { owner: 'me', until: later };

/** As when Entra refuses the refresh token. */
const ended: StatusChange = {
  state: 'reauth_required',
  reason: 'revoked',
  failures: 1,
  dueAt: later,
  lease: undefined,
};

/** None of these is what a record is signed in with. */
const changes: [string, StatusChange][] = [
  ['the state', { state: 'reauth_required' }],
  ['the reason', { reason: 'password_changed' }],
  ['the failures', { failures: 3 }],
  ['the back-off', { retryAt: later }],
  ['the due time', { dueAt: later }],
  ['the last activity', { lastSeenAt: later }],
  ['the last use by a back end', { usedAt: later }],
  ['the end of the sessions', { sessionsEndAt: startTime + 9 * days }],
  ['the lease', { lease }],
  ['several at once', ended],
];

/** Changes of what is known of tokens, while these stay as they are. */
export function describeStatusChanges(name: string, create: CreateTokenStore): void {
  describe(`status changes on ${name}`, () => {
    let subject: TokenStoreSubject;
    let store: TokenStore;

    beforeAll(async () => {
      subject = await create();
      store = subject.store;
    });

    it.each(changes)('changes what is named and nothing else: %s', async (_name, change) => {
      const record = await signedIn(store, { scopes: ['User.Read', 'Mail.Read'] });
      const version = await store.changeStatus(record, change);
      expect(version).not.toBe(record.version);
      const { user } = record;
      expect(await storedRecord(store, user)).toEqual({ ...record, ...change, version });
    });

    it.each(changes)('leaves one mark, where the record says: %s', async (_name, change) => {
      const record = await signedIn(store);
      await store.changeStatus(record, change);
      const mark = markOf({ ...record, ...change });
      expect(await allMarksOf(store, record.user)).toEqual([mark]);
    });

    it('keeps what is not named, whatever it is', async () => {
      const all = { ...ended, retryAt: later, lastSeenAt: later, lease };
      const record = await signedIn(store);
      await store.changeStatus(record, all);
      const changed = await storedRecord(store, record.user);
      const version = await store.changeStatus(changed, { failures: 4 });
      const expected = { ...record, ...all, failures: 4, version };
      expect(await storedRecord(store, record.user)).toEqual(expected);
    });

    it.each([
      ['the reason', { reason: 'revoked' }, { reason: undefined }],
      ['the lease', { lease }, { lease: undefined }],
      ['failures and back-off', { failures: 2, retryAt: later }, { failures: 0, retryAt: 0 }],
    ] as [string, StatusChange, StatusChange][])('clears %s', async (_name, set, clear) => {
      const record = await signedIn(store);
      await store.changeStatus(record, set);
      const version = await store.changeStatus(await storedRecord(store, record.user), clear);
      expect(await storedRecord(store, record.user)).toEqual({ ...record, version });
    });

    it('shows in every way of reading', async () => {
      const { user, ...record } = await signedIn(store);
      const change = { state: 'reauth_required', reason: 'revoked', failures: 1 } as const;
      const version = await store.changeStatus({ user, ...record }, change);
      const { cache: _, lease: __, accessToken, ...status } = { user, ...record };
      const expected = { ...status, ...change, version };
      expect(await store.readStatus(user, 'code')).toEqual(expected);
      expect(await store.readAccessToken(user, 'code')).toEqual({ ...expected, accessToken });
    });

    it('takes a status that was read alone', async () => {
      const { user } = await signedIn(store);
      const status = await store.readStatus(user, 'code');
      if (!status) throw new Error('the status is not there');
      await store.changeStatus(status, { dueAt: later });
      expect(await allMarksOf(store, user)).toEqual([markOf({ ...status, dueAt: later })]);
    });

    it('leaves the user’s other flow alone', async () => {
      const record = await signedIn(store);
      const device = await signedIn(store, { user: record.user, flow: 'device' });
      await store.changeStatus(record, { state: 'reauth_required', dueAt: later });
      expect(await storedRecord(store, record.user, 'device')).toEqual(device);
      expect(await allMarksOf(store, record.user)).toHaveLength(2);
    });

    it('refuses an earlier version, and leaves record and mark alone', async () => {
      const record = await signedIn(store);
      await store.changeStatus(record, { failures: 1 });
      const before = await storedRecord(store, record.user);
      for (const [, change] of changes) {
        await expect(store.changeStatus(record, change)).rejects.toBeInstanceOf(ConflictError);
      }
      expect(await storedRecord(store, record.user)).toEqual(before);
      expect(await allMarksOf(store, record.user)).toEqual([markOf(before)]);
    });

    it('lets one of many concurrent changes of a version through', async () => {
      const record = await signedIn(store);
      const results = await Promise.allSettled(
        Array.from({ length: 8 }, (_, n) => store.changeStatus(record, { dueAt: later + n })),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const marks = await allMarksOf(store, record.user);
      expect(marks).toEqual([markOf(await storedRecord(store, record.user))]);
    });

    it.each(changes)('never makes a row for a user who is not there: %s', async (_name, change) => {
      const { version } = await signedIn(store);
      const absent = { ...tokenRecord({ user: newUser() }), version };
      await expect(store.changeStatus(absent, change)).rejects.toBeInstanceOf(GoneError);
      expect(await subject.rowsOf(absent.user)).toEqual([]);
    });

    it.each([
      ['time', { dueAt: later }],
      ['state', { state: 'reauth_required' }],
    ] as [string, StatusChange][])(
      'makes up for a mark that is missing when its %s changes',
      async (_name, change) => {
        const record = await signedIn(store);
        await subject.removeMark(record);
        await store.changeStatus(record, change);
        const mark = markOf({ ...record, ...change });
        expect(await allMarksOf(store, record.user)).toEqual([mark]);
      },
    );

    it('can be undone by an update, which leaves one mark too', async () => {
      const record = await signedIn(store);
      const version = await store.changeStatus(record, ended);
      const changed = { ...record, ...ended, version };
      const next = tokenRecord({ user: record.user, dueAt: later });
      const updated = await store.update(changed, next);
      expect(await storedRecord(store, record.user)).toEqual({ ...next, version: updated });
      expect(await allMarksOf(store, record.user)).toEqual([markOf(next)]);
    });
  });
}

import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { listUsers } from '../../../../src/lib/auth/operator/list-users.ts';
import { parseUserId } from '../../../../src/lib/auth/operator/user-id.ts';
import type { FoundRecord } from '../../../../src/lib/auth/ports.ts';
import { userHash } from '../../../../src/lib/auth/user.ts';
import { thrownBy } from '../../../support/thrown.ts';
import { tokenRecord } from '../../../support/token-records.ts';

const owner = { oid: randomUUID(), tid: randomUUID() };
const user = userHash(owner);
const flow = 'code';

it('reads no further than it is asked to', async () => {
  const read: string[] = [];
  const found: FoundRecord = { user, flow, status: tokenRecord({ user }), cache: '' };
  const tokens = {
    shards: ['0', '1'],
    async *records(shard: string) {
      for (const page of ['a', 'b']) {
        read.push(shard + page);
        yield [found];
      }
    },
  };
  for await (const page of listUsers({ tokens }, () => owner)) {
    expect(page).toMatchObject([{ user: `${owner.oid}.${owner.tid}`, state: 'active' }]);
    if (read.length === 3) break;
  }
  expect(read).toEqual(['0a', '0b', '1a']);
});

it('names nobody whose tokens are another’s, and tells what can’t be read', async () => {
  const status = tokenRecord({ user });
  const pages: FoundRecord[] = [
    { user, flow, status, cache: 'another' },
    { user, flow, status, cache: 'nobody' },
    { user, flow, unreadable: 'key' },
  ];
  const tokens = {
    shards: ['0'],
    async *records() {
      yield pages;
    },
  };
  const ownerOf = (cache: string) => (cache === 'another' ? { ...owner, oid: 'x' } : undefined);
  const { value } = await listUsers({ tokens }, ownerOf).next();
  const named = { user: null, logName: user.slice(0, 12), flow };
  expect(value).toEqual([
    { ...named, unreadable: 'owner' },
    { ...named, unreadable: 'owner' },
    { ...named, unreadable: 'key' },
  ]);
});

it('a user is named by two ids, and GUIDs in any case are the same', async () => {
  const { oid, tid } = owner;
  expect(parseUserId(`${oid.toUpperCase()}.${tid}`)).toEqual(owner);
  expect(parseUserId('Some-Id.tenant.example')).toEqual({ oid: 'Some-Id', tid: 'tenant.example' });
  for (const text of ['', oid, `${oid}.`, `.${tid}`, `${oid}.${tid}/..`, `${oid} ${tid}`]) {
    expect(await thrownBy(() => parseUserId(text))).toMatchObject({ code: 'invalid_request' });
  }
});

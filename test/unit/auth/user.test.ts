import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { logName, parseUserHash, userHash } from '../../../src/lib/auth/user.ts';

describe('a user hash', () => {
  const user = userHash({ oid: 'o', tid: 't' });

  it('is the SHA-256 of oid.tid', () => {
    expect(user).toBe(createHash('sha256').update('o.t').digest('hex'));
    expect(userHash({ oid: 't', tid: 'o' })).not.toBe(user);
  });

  it('is one, in whatever letter case the ids come', () => {
    const ids = {
      oid: 'aaaaaaaa-2222-4333-8444-5555555555ff',
      tid: 'bbbbbbbb-2222-4333-8444-5555555555ff',
    };
    const [oid, tid] = [ids.oid.toUpperCase(), ids.tid.toUpperCase()];
    expect(userHash(ids)).toBe(createHash('sha256').update(`${ids.oid}.${ids.tid}`).digest('hex'));
    for (const other of [
      { ...ids, oid },
      { ...ids, tid },
      { oid, tid },
    ]) {
      expect(userHash(other)).toBe(userHash(ids));
    }
  });

  it('is parsed from nothing else', () => {
    expect(parseUserHash(user)).toBe(user);
    for (const text of ['', user.slice(1), `${user}0`, user.toUpperCase(), ` ${user}`, 7, null]) {
      expect(parseUserHash(text)).toBeUndefined();
    }
  });

  it('is 12 digits in a log', () => {
    expect(logName(user)).toBe(user.slice(0, 12));
  });
});

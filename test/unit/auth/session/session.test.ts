import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  findSession,
  newSessionSecret,
  parseSessionSecret,
  publicSessionId,
  requireSession,
  sessionKey,
} from '../../../../src/lib/auth/session/session.ts';
import { AppError } from '../../../../src/lib/errors.ts';
import { createManualClock, days, hours, minutes, startTime } from '../../../support/clock.ts';
import { createMemorySessionStore } from '../../../support/memory/session-store.ts';
import { testClient } from '../../../support/refresh-policy.ts';
import { appErrorOf } from '../../../support/thrown.ts';
import { newUser } from '../../../support/token-records.ts';

const sessionPolicy = { idleMs: 8 * hours, maxMs: 7 * days };
const clients = { code: testClient, device: testClient };
const expiresAt = startTime + sessionPolicy.maxMs;
const identity = { oid: 'o', tid: 't', name: undefined, username: undefined };

let clock = createManualClock();
let sessions = createMemorySessionStore();
let secret = '';

beforeEach(async () => {
  clock = createManualClock();
  sessions = createMemorySessionStore();
  const created = newSessionSecret(expiresAt);
  secret = created.secret;
  await sessions.create(created.key, {
    user: newUser(),
    identity,
    flow: 'code',
    kind: 'browser',
    createdAt: startTime,
    lastSeenAt: startTime,
    expiresAt,
  });
});

const find = (text: string | undefined = secret) =>
  findSession({ sessions, sessionPolicy, now: clock.now }, text, 'browser');

describe('a session', () => {
  it('holds while it is used', async () => {
    for (let hour = 0; hour < 7 * 24 - 1; hour += 7) {
      expect(await find()).toBeDefined();
      clock.advance(7 * hours);
    }
  });

  it('ends when it is idle', async () => {
    clock.advance(sessionPolicy.idleMs - 1);
    expect(await find()).toBeDefined();
    clock.advance(sessionPolicy.idleMs);
    expect(await find()).toBeUndefined();
  });

  it('ends at its absolute end, however it is used', async () => {
    const long = { idleMs: 30 * days, maxMs: sessionPolicy.maxMs };
    clock.advance(sessionPolicy.maxMs - 1);
    const core = { sessions, sessionPolicy: long, now: clock.now };
    expect(await findSession(core, secret, 'browser')).toBeDefined();
    clock.advance(1);
    expect(await findSession(core, secret, 'browser')).toBeUndefined();
  });

  it('tells when it will end', async () => {
    expect((await find())?.idleExpiresAt).toBe(startTime + sessionPolicy.idleMs);
    for (let n = 0; n < 23; n++) {
      clock.advance(7 * hours);
      await find();
    }
    expect((await find())?.idleExpiresAt).toBe(expiresAt);
  });

  it('notes activity every few minutes, not every time', async () => {
    clock.advance(5 * minutes - 1);
    expect((await find())?.lastSeenAt).toBe(startTime);
    clock.advance(1);
    expect((await find())?.lastSeenAt).toBe(startTime + 5 * minutes);
    clock.advance(minutes);
    expect((await find())?.lastSeenAt).toBe(startTime + 5 * minutes);
  });

  it('notes activity more often when idleness is short', async () => {
    const short = { idleMs: 20_000, maxMs: sessionPolicy.maxMs };
    clock.advance(1000);
    const session = await findSession(
      { sessions, sessionPolicy: short, now: clock.now },
      secret,
      'browser',
    );
    expect(session?.lastSeenAt).toBe(startTime + 1000);
  });

  it('goes on while its activity can’t be noted, until it has been idle too long', async () => {
    const down = new AppError('temporarily_unavailable');
    const broken = { ...sessions, touch: () => Promise.reject(down) };
    const core = { sessions: broken, sessionPolicy, now: clock.now };
    clock.advance(sessionPolicy.idleMs - 1);
    // Both as the store knows them: nobody is told of a time that does not hold.
    expect(await findSession(core, secret, 'browser')).toMatchObject({
      ...{ identity, lastSeenAt: startTime, idleExpiresAt: startTime + sessionPolicy.idleMs },
    });
    clock.advance(1);
    expect(await findSession(core, secret, 'browser')).toBeUndefined();
  });

  it('fails for a bug in noting its activity', async () => {
    const broken = { ...sessions, touch: () => Promise.reject(new RangeError('a bug')) };
    clock.advance(1 * hours);
    await expect(
      findSession({ sessions: broken, sessionPolicy, now: clock.now }, secret, 'browser'),
    ).rejects.toBeInstanceOf(RangeError);
  });

  it('that can’t be read is not taken for none', async () => {
    const down = new AppError('temporarily_unavailable');
    const broken = { ...sessions, read: () => Promise.reject(down) };
    await expect(
      findSession({ sessions: broken, sessionPolicy, now: clock.now }, secret, 'browser'),
    ).rejects.toBe(down);
  });

  it('that is required and missing is 401 with a way to sign in', async () => {
    const core = { sessions, sessionPolicy, clients, now: clock.now };
    for (const text of [undefined, '', 'x', newSessionSecret(expiresAt).secret]) {
      const error = await appErrorOf(() => requireSession(core, text, 'browser'));
      expect(error.code).toBe('unauthenticated');
      expect(error.public.login).toEqual({});
    }
    expect(await requireSession(core, secret, 'browser')).toMatchObject({ identity });
  });
});

describe('a session of another kind', () => {
  it('counts as none', async () => {
    const core = { sessions, sessionPolicy, clients, now: clock.now };
    expect(await findSession(core, secret, 'device')).toBeUndefined();
    const error = await appErrorOf(() => requireSession(core, secret, 'device'));
    expect([error.code, error.public.challenge]).toEqual(['unauthenticated', 'Bearer']);
  });
});

describe('a session secret', () => {
  it('holds 256 random bits and the day of its end', () => {
    expect(secret).toMatch(/^2026-03-21\.[\w-]{43}$/);
    const secrets = Array.from({ length: 1000 }, () => newSessionSecret(expiresAt).secret);
    expect(new Set(secrets).size).toBe(1000);
  });

  it('leads to its key, and the key not back to it', () => {
    const created = newSessionSecret(expiresAt);
    expect(parseSessionSecret(created.secret)).toEqual(created.key);
    expect(sessionKey({ hash: created.key.hash, expiresAt })).toEqual(created.key);
    const id = created.secret.split('.')[1] ?? '';
    expect(JSON.stringify(created.key)).not.toContain(id);
    expect(publicSessionId(created.key)).toMatch(/^[0-9a-f]{24}$/);
  });

  it('finds nothing when it is mutated, and never throws', async () => {
    const alphabet = 'AZaz09-_.=/+ \n%\u0000ü';
    for (let n = 0; n < 1000; n++) {
      const at = n % (secret.length + 1);
      const [index = 0, kind = 0] = randomBytes(2);
      const character = alphabet[index % alphabet.length] ?? '';
      const kept = kind % 3 === 0 ? at : at + 1;
      const mutated = secret.slice(0, at) + (kind % 3 === 1 ? '' : character) + secret.slice(kept);
      if (mutated !== secret) expect(await find(mutated)).toBeUndefined();
    }
  });

  it.each([
    '9999-99-99',
    '2026-03-21',
    '2026-03-21.',
    `0000-00-00.${'A'.repeat(43)}`,
    `9999-99-99.${'A'.repeat(43)}`,
    `2026-03-21.${'A'.repeat(44)}`,
    `2026-03-21.${'A'.repeat(43)}\n`,
    'x'.repeat(100_000),
  ])('%.40j finds nothing', async (text) => {
    expect(await find(text)).toBeUndefined();
  });
});

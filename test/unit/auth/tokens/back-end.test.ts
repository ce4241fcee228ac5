import { describe, expect, it } from 'vitest';
import type { BackEnd } from '../../../../src/lib/auth/ports.ts';
import {
  absentUser,
  assertKept,
  assertMayAct,
  identifyBackEnd,
  toBackEndError,
} from '../../../../src/lib/auth/tokens/back-end.ts';
import { userHash } from '../../../../src/lib/auth/user.ts';
import { AppError } from '../../../../src/lib/errors.ts';
import { days, startTime } from '../../../support/clock.ts';
import { refreshPolicy } from '../../../support/refresh-policy.ts';
import { appErrorOf } from '../../../support/thrown.ts';
import { newUser, tokenRecord } from '../../../support/token-records.ts';

const backEnd: BackEnd = { clientId: 'app-1', tenantId: 'tenant-1', roles: ['Tokens.Read', 'X'] };
const policy = { role: 'Tokens.Read', clientIds: [] as string[] };

/** What a request is of, and the tokens that it was judged by. */
function identified(authorization: string | undefined) {
  const tokens: string[] = [];
  const verify = async (token: string) => {
    tokens.push(token);
    return backEnd;
  };
  return { tokens, ask: () => identifyBackEnd({ appTokenVerifier: { verify } }, authorization) };
}

/** Whether a back end may act for users. */
function mayAct(given: Partial<typeof policy>, who: Partial<BackEnd> = {}): string {
  try {
    assertMayAct({ ...policy, ...given }, { ...backEnd, ...who });
    return 'allowed';
  } catch (error) {
    return error instanceof AppError ? error.code : 'bug';
  }
}

describe('a back end', () => {
  it.each(['Bearer a.b.c', 'bearer a.b.c', 'BEARER a.b.c'])('is known by %j', async (header) => {
    const { ask, tokens } = identified(header);
    expect(await ask()).toBe(backEnd);
    expect(tokens).toEqual(['a.b.c']);
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer  a.b.c',
    'Basic YTpi',
    'a.b.c',
    'Bearer a.b.c, Bearer d.e.f',
    'Bearer a.b.c ',
    'Bearer a b',
    'Bearer a.b.c\n',
    'DPoP a.b.c',
    `Bearer ${'a'.repeat(8193)}`,
  ])('is unknown by %j, and nothing is verified', async (header) => {
    const { ask, tokens } = identified(header);
    const error = await appErrorOf(ask);
    expect([error.code, error.public.challenge]).toEqual(['unauthenticated', 'Bearer']);
    expect(tokens).toEqual([]);
  });

  it('is told what is wrong with its token', async () => {
    const refused = new AppError('unauthenticated');
    const verify = async () => {
      throw refused;
    };
    const ask = () => identifyBackEnd({ appTokenVerifier: { verify } }, 'Bearer a.b.c');
    expect(await appErrorOf(ask)).toBe(refused);
  });

  it.each<[string, string[]]>([
    ['no role', []],
    ['another role', ['X']],
    ['a role that begins alike', ['Tokens.Read.All']],
    ['a role in another case', ['tokens.read']],
  ])('is forbidden with %s', (_name, roles) => {
    expect(mayAct({}, { roles })).toBe('forbidden');
    expect(mayAct({ clientIds: ['app-1'] }, { roles })).toBe('forbidden');
  });

  it('is forbidden if others are named', () => {
    expect(mayAct({ clientIds: ['app-2'] })).toBe('forbidden');
    expect(mayAct({ clientIds: ['app-2', 'app-1'] })).toBe('allowed');
    expect(mayAct({})).toBe('allowed');
  });
});

describe('an absent user', () => {
  const oid = 'aaaaaaaa-2222-4333-8444-555555555555';

  it('is of the back end’s own tenant', () => {
    expect(absentUser(backEnd, oid)).toEqual({ oid, user: userHash({ oid, tid: 'tenant-1' }) });
    const other = absentUser({ ...backEnd, tenantId: 'tenant-2' }, oid);
    expect(other?.user).toBe(userHash({ oid, tid: 'tenant-2' }));
  });

  it('may be written in capitals', () => {
    expect(absentUser(backEnd, oid.toUpperCase())).toEqual(absentUser(backEnd, oid));
  });

  it.each([
    '',
    'me',
    'ada@example.com',
    oid.replaceAll('-', ''),
    `{${oid}}`,
    ` ${oid}`,
    `${oid}\n`,
    `${oid}.tenant-2`,
    `${oid}/../x`,
    oid.replace('a', 'g'),
  ])('is nobody as %j', (userId) => {
    expect(absentUser(backEnd, userId)).toBeUndefined();
  });
});

describe('an absent user’s tokens', () => {
  const record = tokenRecord({ user: newUser(), sessionsEndAt: startTime });
  const at = (time: number, retainMs: number) => ({
    ...{ refreshPolicy: { ...refreshPolicy, retainMs }, now: () => startTime + time },
  });

  it.each([
    ['there is a session', -1, 0],
    ['they are retained', 0, 1],
    ['they are retained to the end', 30 * days - 1, 30 * days],
  ])('may be used while %s', (_name, time, retainMs) => {
    expect(() => assertKept(at(time, retainMs), record)).not.toThrow();
  });

  it.each([
    ['there is no session', 0, 0],
    ['they were retained', 30 * days, 30 * days],
  ])('may not be used when %s any more', async (_name, time, retainMs) => {
    const error = await appErrorOf(() => assertKept(at(time, retainMs), record));
    expect(error.code).toBe('not_found');
  });

  it('may not be used when there are none', async () => {
    const error = await appErrorOf(() => assertKept(at(0, 30 * days), undefined));
    expect(error.code).toBe('not_found');
  });
});

describe('an error for a back end', () => {
  it.each([
    [
      new AppError('reauth_required', { reason: 'password_changed', login: {} }),
      'password_changed',
    ],
    [new AppError('reauth_required', { login: {} }), 'reauth_required'],
    [new AppError('consent_required', { login: { scope: 'Mail.Read' } }), 'consent_required'],
    [
      new AppError('reauth_required', { reason: 'claims_challenge', login: { claims: 'e30' } }),
      'claims_challenge',
    ],
  ])('says that it is for the user to act, and why: %s', (error, reason) => {
    const told = toBackEndError(error) as AppError;
    expect(told.code).toBe('user_action_required');
    expect(told.status).toBe(409);
    expect(told.public.reason).toBe(reason);
    expect(told.public.login).toEqual(error.public.login);
    expect(told.cause).toBe(error);
  });

  it('keeps Graph’s request id', () => {
    const error = new AppError('consent_required', { graphRequestId: 'graph-1' });
    expect(toBackEndError(error)).toMatchObject({ public: { graphRequestId: 'graph-1' } });
  });

  it('says of tokens that are gone that there is nobody', () => {
    const error = new AppError('reauth_required', { reason: 'tokens_missing', login: {} });
    const told = toBackEndError(error) as AppError;
    expect(told.code).toBe('not_found');
    expect(told.public).toEqual({ detail: expect.any(String) });
  });

  it.each([
    new AppError('unauthenticated'),
    new AppError('forbidden'),
    new AppError('not_found'),
    new AppError('throttled'),
    new AppError('temporarily_unavailable'),
    new RangeError('a bug'),
    undefined,
  ])('is as it is otherwise: %s', (error) => {
    expect(toBackEndError(error)).toBe(error);
  });
});

import { describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/lib/errors.ts';
import { createGraphCalls, jsonAnswer } from '../../../support/graph-calls.ts';
import { appErrorOf, thrownBy } from '../../../support/thrown.ts';

const forbidden = new AppError('forbidden', { graphRequestId: 'graph-1', detail: 'No.' });

/** A user whose every call Graph answers 403. */
function refused(granted: string[], allowedScopes: string[]) {
  return createGraphCalls(
    () => {
      throw forbidden;
    },
    { scopes: granted, allowedScopes },
  );
}

describe('a call of Graph', () => {
  it('is made with the user’s token, and its answer comes back', async () => {
    const answer = jsonAnswer({ value: [] });
    const { call, calledWith } = await createGraphCalls(() => answer);
    expect(await call()).toBe(answer);
    expect(calledWith).toEqual(['access-0']);
  });

  it('is not made for a user without tokens', async () => {
    const { call, calledWith, signOut } = await createGraphCalls(() => jsonAnswer({}));
    await signOut();
    expect((await appErrorOf(call)).code).toBe('reauth_required');
    expect(calledWith).toEqual([]);
  });

  it('is made only if the caller may use the tokens', async () => {
    const { call, calledWith, user } = await createGraphCalls(() => jsonAnswer({}));
    const no = new AppError('not_found');
    const seen: unknown[] = [];
    const inspect = (status: object | undefined) => {
      seen.push(status);
      throw no;
    };
    expect(await appErrorOf(() => call({ inspect }))).toBe(no);
    expect(seen).toMatchObject([{ user, state: 'active' }]);
    expect(calledWith).toEqual([]);
  });

  it.each(['throttled', 'not_found', 'bad_gateway', 'temporarily_unavailable'] as const)(
    'that fails with %s fails with that',
    async (code) => {
      const failure = new AppError(code);
      const { call } = await createGraphCalls(() => {
        throw failure;
      });
      expect(await thrownBy(() => call({ scopes: ['Mail.Read'] }))).toBe(failure);
    },
  );
});

describe('a call that Graph forbids', () => {
  it('wants consent to exactly the scopes that are missing', async () => {
    const needed = ['User.Read', 'Mail.Read', 'Calendars.Read'];
    const { call } = await refused(
      ['https://graph.microsoft.us/user.read', 'Files.Read'],
      [...needed, 'Mail.Send'],
    );
    const error = await appErrorOf(() => call({ scopes: needed }));
    expect(error.code).toBe('consent_required');
    expect(error.public.login).toEqual({ scope: 'Mail.Read Calendars.Read' });
  });

  it('keeps Graph’s request id, and the cause', async () => {
    const { call } = await refused([], ['Mail.Read']);
    const error = await appErrorOf(() => call({ scopes: ['Mail.Read'] }));
    expect(error.public.graphRequestId).toBe('graph-1');
    expect(error.cause).toBe(forbidden);
  });

  it('is forbidden if a missing scope is not for the app to ask', async () => {
    const { call } = await refused(['User.Read'], ['User.Read', 'Mail.Read']);
    const error = await appErrorOf(() => call({ scopes: ['Mail.Read', 'Files.Read'] }));
    expect(error.code).toBe('forbidden');
    expect(error.public.login).toBeUndefined();
    expect(error.public.detail).toContain('Files.Read');
    expect(error.public.graphRequestId).toBe('graph-1');
  });

  it.each([['mail.read'], ['https://graph.microsoft.com/Mail.Read']])(
    'is forbidden, as Graph says, if all scopes are granted: %s',
    async (granted) => {
      const { call } = await refused(['User.Read', granted], ['User.Read', 'Mail.Read']);
      expect(await appErrorOf(() => call({ scopes: ['Mail.Read'] }))).toBe(forbidden);
    },
  );

  it('does not stop a call that Graph allows for another reason', async () => {
    const { call } = await createGraphCalls(() => jsonAnswer({ value: [] }), { scopes: [] });
    expect((await call({ scopes: ['Mail.Read'] })).status).toBe(200);
  });
});

describe('the profile', () => {
  const me = { path: '/me' };

  it('is the user’s', async () => {
    const { call } = await createGraphCalls(() => jsonAnswer({ id: 'oid-1' }));
    expect(await call({}, me)).toMatchObject({ status: 200, body: '{"id":"oid-1"}' });
  });

  it.each(['', '?$select=id'])('of anybody else is refused (query %j)', async (query) => {
    const { call } = await createGraphCalls(() => jsonAnswer({ id: 'oid-2' }));
    expect((await appErrorOf(() => call({}, { ...me, query }))).code).toBe('bad_gateway');
  });

  it.each([{}, { id: null }, { id: 7 }, { id: '' }, []])('is refused as %j', async (value) => {
    const { call } = await createGraphCalls(() => jsonAnswer(value));
    expect((await appErrorOf(() => call({}, me))).code).toBe('bad_gateway');
  });

  it('may be without an id only if there is a query', async () => {
    const { call } = await createGraphCalls(() => jsonAnswer({ displayName: 'Ada' }));
    const query = '?$select=displayName';
    expect((await call({}, { ...me, query })).status).toBe(200);
  });

  it('that has not changed has no id to compare', async () => {
    const { call } = await createGraphCalls(() => ({ status: 304, headers: {}, body: '' }));
    expect((await call({}, me)).status).toBe(304);
  });

  it('is the only thing with an id that is compared', async () => {
    const { call } = await createGraphCalls(() => jsonAnswer({ id: 'message-1' }));
    expect((await call({}, { path: '/me/messages/message-1' })).status).toBe(200);
  });
});

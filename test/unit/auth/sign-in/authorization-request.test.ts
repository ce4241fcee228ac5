import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  beginSignIn,
  type SignInOptions,
} from '../../../../src/lib/auth/sign-in/authorization-request.ts';
import { createManualClock, startTime } from '../../../support/clock.ts';
import { createFakeTokenClient } from '../../../support/memory/token-client.ts';
import { appErrorOf } from '../../../support/thrown.ts';

function begin(options: Partial<SignInOptions> = {}) {
  const clock = createManualClock();
  const tokenClient = createFakeTokenClient(clock);
  const code = { clientId: 'client', scopes: ['User.Read', 'Mail.Read', 'Files.Read'] };
  const clients = { code, device: undefined };
  const started = beginSignIn(
    { tokenClient, clients, signInScopes: ['User.Read'], now: clock.now },
    {
      returnTo: '/',
      scopes: [],
      claims: undefined,
      loginHint: undefined,
      domainHint: undefined,
      prompt: undefined,
      ...options,
    },
  );
  return started.then((result) => ({ ...result, request: tokenClient.asked[0] }));
}

const base64url = (text: string) => Buffer.from(text).toString('base64url');

describe('a sign-in', () => {
  it('sends the challenge of its verifier', async () => {
    const { transaction, request } = await begin();
    const challenge = createHash('sha256').update(transaction.codeVerifier).digest('base64url');
    expect(request?.codeChallenge).toBe(challenge);
    expect(transaction.codeVerifier).toMatch(/^[\w-]{43}$/);
  });

  it('has a state, nonce and verifier of its own, never the same twice', async () => {
    const values = new Set<string>();
    for (let n = 0; n < 200; n++) {
      const { transaction } = await begin();
      const { state, nonce, codeVerifier } = transaction;
      for (const value of [state, nonce, codeVerifier]) {
        expect(value).toMatch(/^[\w-]{43}$/);
        values.add(value);
      }
    }
    expect(values.size).toBe(600);
  });

  it('keeps what the callback needs, and sends state and nonce', async () => {
    const { transaction, request, url } = await begin({ returnTo: '/inbox' });
    expect(transaction).toMatchObject({ returnTo: '/inbox', createdAt: startTime });
    expect(request).toMatchObject({ state: transaction.state, nonce: transaction.nonce });
    expect(url).not.toContain(transaction.codeVerifier);
  });

  it('passes hints and prompt on', async () => {
    const options = { loginHint: 'ada', domainHint: 'example.com', prompt: 'select_account' };
    expect((await begin(options)).request).toMatchObject(options);
  });

  it('asks for the sign-in scopes and those added, each once', async () => {
    const { transaction } = await begin({ scopes: ['Mail.Read', 'User.Read', 'Mail.Read'] });
    expect(transaction.scopes).toEqual(['User.Read', 'Mail.Read']);
  });

  it('decodes a claims challenge', async () => {
    const claims = '{"access_token":{"acrs":{"value":"c1"}}}';
    const { transaction, request } = await begin({ claims: base64url(claims) });
    expect(transaction.claims).toBe(claims);
    expect(request?.claims).toBe(claims);
  });
});

describe('a sign-in is refused', () => {
  it.each([['Mail.ReadWrite'], ['Mail.Read', 'offline_access'], ['mail.read'], ['']])(
    'for scopes outside the set: %s',
    async (...scopes) => {
      expect((await appErrorOf(() => begin({ scopes }))).code).toBe('invalid_request');
    },
  );

  it.each(['', 'x', '%%%', ...['[]', '"a"', '7', 'null', '{'].map(base64url)])(
    'for claims that are no challenge: %j',
    async (claims) => {
      expect((await appErrorOf(() => begin({ claims }))).code).toBe('invalid_request');
    },
  );

  it.each(['Login', 'none consent', 'x'])('for prompt %j', async (prompt) => {
    expect((await appErrorOf(() => begin({ prompt }))).code).toBe('invalid_request');
  });
});

import { describe, expect, it } from 'vitest';
import { readIssuedTokens } from '../../../src/lib/msal/cache-contents.ts';
import { msalCache, newTokenCache } from '../../support/msal-caches.ts';

const asked = ['User.Read'];

describe('the tokens in a cache', () => {
  it('are the access token, its end in milliseconds, and Graph’s scopes', () => {
    const cache = msalCache({ scopes: 'User.Read Mail.Read openid Profile offline_access email' });
    expect(readIssuedTokens(cache, asked)).toEqual({
      cache,
      accessToken: { token: 'access-1', expiresAt: 1_800_003_600_000 },
      scopes: ['User.Read', 'Mail.Read'],
    });
  });

  it('have the scopes that were asked when the answer named none', () => {
    const cache = msalCache({ scopes: 'openid profile' });
    expect(readIssuedTokens(cache, ['Mail.Read']).scopes).toEqual(['Mail.Read']);
  });

  it('are the newest of several', () => {
    const tokenCache = newTokenCache();
    for (const [n, scopes] of ['Files.Read', 'User.Read', 'Mail.Read'].entries()) {
      const cachedAt = 1_800_000_000 + [1, 3, 2].indexOf(n + 1);
      tokenCache.deserialize(msalCache({ scopes, cachedAt, accessToken: scopes }));
    }
    const { accessToken } = readIssuedTokens(tokenCache.serialize(), asked);
    expect(accessToken.token).toBe('User.Read');
  });

  it('are missed in an empty cache', () => {
    expect(() => readIssuedTokens('{}', asked)).toThrow();
    expect(() => readIssuedTokens('', asked)).toThrow();
  });
});

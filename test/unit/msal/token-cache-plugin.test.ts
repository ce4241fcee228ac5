import { TokenCacheContext } from '@azure/msal-node';
import { describe, expect, it } from 'vitest';
import { ConflictError, GoneError } from '../../../src/lib/errors.ts';
import {
  CacheRowMissingError,
  createTokenCachePlugin,
  ForeignAccountError,
} from '../../../src/lib/msal/token-cache-plugin.ts';
import { msalCache, newTokenCache, secretsIn } from '../../support/msal-caches.ts';
import { thrownBy } from '../../support/thrown.ts';

/** A row in memory, and a plugin with a real token cache of MSAL on it. */
function createRow(content: string | undefined) {
  const row = {
    content,
    version: 1,
    reads: 0,
    writes: 0,
    /** Runs before each write: others change the row here. */
    meanwhile: () => {},
    async read() {
      row.reads += 1;
      return row.content === undefined
        ? undefined
        : { content: row.content, version: `${row.version}` };
    },
    async write(next: string, version: string) {
      row.meanwhile();
      if (row.content === undefined) throw new GoneError('gone');
      if (version !== `${row.version}`) throw new ConflictError('changed');
      row.writes += 1;
      row.content = next;
      row.version += 1;
      return `${row.version}`;
    },
  };
  const plugin = createTokenCachePlugin(row, ({ oid, tid }) => oid === 'oid-1' && tid === 'tid-1');
  const tokenCache = newTokenCache();
  return {
    row,
    tokenCache,
    load: () => plugin.beforeCacheAccess(new TokenCacheContext(tokenCache, false)),
    /** What MSAL does with new tokens. */
    save: (cache?: string) => {
      if (cache !== undefined) tokenCache.deserialize(cache);
      return plugin.afterCacheAccess(new TokenCacheContext(tokenCache, true));
    },
    end: () => plugin.afterCacheAccess(new TokenCacheContext(tokenCache, false)),
  };
}

const renewed = msalCache({ accessToken: 'access-2', refreshToken: 'refresh-2' });

describe('the cache plugin', () => {
  it('reads the row once an operation', async () => {
    const { row, tokenCache, load } = createRow(msalCache());
    await load();
    await load();
    expect(row.reads).toBe(1);
    expect(await tokenCache.getAllAccounts()).toMatchObject([{ localAccountId: 'oid-1' }]);
  });

  it('writes new tokens over the version that it read', async () => {
    const { row, load, save } = createRow(msalCache());
    await load();
    await save(renewed);
    expect(secretsIn(row.content ?? '', 'RefreshToken')).toEqual(['refresh-2']);
    expect(secretsIn(row.content ?? '', 'AccessToken')).toEqual(['access-2']);
  });

  it('writes again over its own write', async () => {
    const { row, load, save } = createRow(msalCache());
    await load();
    await save(renewed);
    await save(msalCache({ accessToken: 'access-3', refreshToken: 'refresh-3' }));
    expect(row.writes).toBe(2);
    expect(secretsIn(row.content ?? '', 'AccessToken')).toEqual(['access-3']);
  });

  it('writes nothing when MSAL changed nothing', async () => {
    const { row, load, end } = createRow(msalCache());
    await load();
    await end();
    expect(row.writes).toBe(0);
  });

  it('fails for a row that is not there', async () => {
    const { load } = createRow(undefined);
    expect(await thrownBy(load)).toBeInstanceOf(CacheRowMissingError);
  });
});

describe('an account that is not the row’s', () => {
  it.each([
    ['another user', msalCache({ oid: 'oid-2' })],
    ['the same id in another tenant', msalCache({ tid: 'tid-2' })],
  ])('of %s is never written', async (_name, cache) => {
    const { row, load, save } = createRow('{}');
    await load();
    expect(await thrownBy(() => save(cache))).toBeInstanceOf(ForeignAccountError);
    expect(row.content).toBe('{}');
  });

  it('beside ours is never written', async () => {
    const before = msalCache();
    const { row, load, save } = createRow(before);
    await load();
    const failure = await thrownBy(() => save(msalCache({ oid: 'oid-2' })));
    expect(failure).toBeInstanceOf(ForeignAccountError);
    expect(row.content).toBe(before);
  });

  it('that another instance wrote is not written again', async () => {
    const { row, load, save } = createRow(msalCache());
    await load();
    row.meanwhile = () => {
      row.content = msalCache({ oid: 'oid-2' });
      row.version = 7;
      row.meanwhile = () => {};
    };
    expect(await thrownBy(() => save(renewed))).toBeInstanceOf(ForeignAccountError);
    expect(row.writes).toBe(0);
  });

  it('is told without naming it', async () => {
    const { load, save } = createRow('{}');
    await load();
    const failure = await thrownBy(() => save(msalCache({ oid: 'oid-2' })));
    expect(String(failure)).not.toContain('oid-2');
  });
});

describe('an account of ours', () => {
  it('may be a guest: known by its id in the tenant', async () => {
    const guest = msalCache({
      oid: 'home',
      tid: 'home',
      guestOf: [{ oid: 'oid-1', tid: 'tid-1' }],
    });
    const { row, load, save } = createRow('{}');
    await load();
    await save(guest);
    expect(row.writes).toBe(1);
  });

  it('is missed: a cache without any is never written', async () => {
    const { row, load, save } = createRow('{}');
    await load();
    expect(await thrownBy(() => save())).toBeInstanceOf(ForeignAccountError);
    expect(row.writes).toBe(0);
  });
});

describe('a row that changes meanwhile', () => {
  it('with other tokens keeps them where both have the same, and gets ours besides', async () => {
    const { row, load, save } = createRow(msalCache());
    await load();
    row.meanwhile = () => {
      row.content = msalCache({ accessToken: 'theirs', refreshToken: 'theirs' });
      row.version += 1;
      row.meanwhile = () => {};
    };
    await save(msalCache({ accessToken: 'ours', refreshToken: 'ours', scopes: 'Mail.Read' }));
    expect(secretsIn(row.content ?? '', 'RefreshToken')).toEqual(['theirs']);
    expect(secretsIn(row.content ?? '', 'AccessToken').sort()).toEqual(['ours', 'theirs']);
  });

  it('in its other columns alone gets our tokens', async () => {
    const { row, load, save } = createRow(msalCache());
    await load();
    row.meanwhile = () => {
      row.version += 1;
      row.meanwhile = () => {};
    };
    await save(renewed);
    expect(secretsIn(row.content ?? '', 'RefreshToken')).toEqual(['refresh-2']);
    expect(row.writes).toBe(1);
  });

  it('before each of four writes is written at the fifth', async () => {
    const { row, load, save } = createRow(msalCache());
    await load();
    let changes = 4;
    row.meanwhile = () => {
      if (changes-- > 0) row.version += 1;
    };
    await save(renewed);
    expect(secretsIn(row.content ?? '', 'RefreshToken')).toEqual(['refresh-2']);
  });

  it('before each write is given up after the fifth', async () => {
    const { row, load, save } = createRow(msalCache());
    await load();
    let attempts = 0;
    row.meanwhile = () => {
      attempts += 1;
      row.version += 1;
    };
    expect(await thrownBy(() => save(renewed))).toBeInstanceOf(ConflictError);
    expect(attempts).toBe(5);
  });
});

describe('a row that goes meanwhile', () => {
  it('is not made again', async () => {
    const { row, load, save } = createRow(msalCache());
    await load();
    row.content = undefined;
    expect(await thrownBy(() => save(renewed))).toBeInstanceOf(GoneError);
    expect(row.writes).toBe(0);
  });

  it('after a change is not made again', async () => {
    const { row, load, save } = createRow(msalCache());
    await load();
    row.meanwhile = () => {
      row.version += 1;
    };
    const { read } = row;
    row.read = () => {
      row.content = undefined;
      return read();
    };
    expect(await thrownBy(() => save(renewed))).toBeInstanceOf(CacheRowMissingError);
    expect(row.writes).toBe(0);
  });
});

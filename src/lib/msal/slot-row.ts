import type { IssuedTokens, TokenSlot } from '../auth/tokens/token-client.ts';
import { GoneError } from '../errors.ts';
import { readIssuedTokens } from './cache-contents.ts';
import type { CacheRow, CacheRowContent } from './token-cache-plugin.ts';
import { notRefreshed } from './token-failure.ts';

/** A slot of the core's as the row of the cache plugin, read once so far. */
export interface SlotRow extends CacheRow {
  /** What was read first. */
  first: CacheRowContent;
  /** What was written last. @throws Error if nothing was: MSAL has not refreshed. */
  written(): IssuedTokens;
}

/**
 * @param issued the access token that the token endpoint issued last. MSAL may come with an old
 *   one: that is no refresh, and is not written.
 * @throws GoneError if the user has signed out.
 */
export async function openSlotRow(
  slot: TokenSlot,
  scopes: readonly string[],
  issued: () => string | undefined,
): Promise<SlotRow> {
  const first = await readSlot(slot);
  let unread: CacheRowContent | undefined = first;
  let written: IssuedTokens | undefined;
  return {
    first,
    async read() {
      const present = unread ?? (await readSlot(slot));
      unread = undefined;
      return present;
    },
    async write(content, version) {
      const tokens = readIssuedTokens(content, scopes);
      if (tokens.accessToken.token !== issued()) throw notRefreshed();
      written = tokens;
      return slot.write(tokens, version);
    },
    written() {
      if (!written) throw notRefreshed();
      return written;
    },
  };
}

async function readSlot(slot: TokenSlot): Promise<CacheRowContent> {
  const present = await slot.read();
  if (!present) throw new GoneError('the user has signed out');
  return { content: present.cache, version: present.version };
}

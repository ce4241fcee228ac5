import type { TokenRecord } from '../../src/lib/auth/ports.ts';
import { accessTokenFor, type TokenNeed } from '../../src/lib/auth/tokens/access-token.ts';
import { minutes, seconds } from './clock.ts';
import { createRefreshing } from './refreshing.ts';

/** When tokens for an hour have half a minute left: valid, but to be refreshed before use. */
export const stale = 59 * minutes + 30 * seconds;
/** When tokens for an hour are of no use any more. */
export const expired = 61 * minutes;

/** A user who asks for an access token some time after the start. */
export async function requestAt(time: number, fields: Partial<TokenRecord> = {}) {
  const refreshing = await createRefreshing(fields);
  refreshing.clock.advance(time);
  const { user, instance } = refreshing;
  const here = instance();
  return {
    ...refreshing,
    here,
    /** On one instance, or on another one. */
    ask: (on = here, need: TokenNeed = {}) => accessTokenFor(on, user, 'code', need),
  };
}

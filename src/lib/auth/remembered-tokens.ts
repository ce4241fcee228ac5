import type { AccessToken, Clock, TokenStatus, TokenStore, Versioned } from './ports.ts';
import { type Flow, flows, type UserHash } from './user.ts';

/** What {@link TokenStore.readAccessToken} has found. */
type Found = Versioned<TokenStatus & { accessToken: AccessToken }>;

/** A token store that can answer from memory. */
export interface RememberingTokenStore extends TokenStore {
  /**
   * What this process has read within the last minute and not changed since. Another may have: who
   * must know, reads. Good enough for a caller whose session was read just now.
   */
  recall(user: UserHash, flow: Flow): Found | undefined;
}

/** Milliseconds after which the store is asked again. */
const rememberedMs = 60_000;

/**
 * Spares calls that come soon after each other a read each.
 *
 * @param maxUsers who was read the longest ago is forgotten first. 2.2 KB each, with tokens of 2 KB.
 */
export function rememberTokens(
  tokens: TokenStore,
  { now, maxUsers = 10_000 }: { now: Clock; maxUsers?: number },
): RememberingTokenStore {
  /** By user and flow, in the order in which they were read. */
  const remembered = new Map<string, { found: Found; until: number }>();
  const keyOf = (user: UserHash, flow: Flow) => `${user}|${flow}`;

  function remember(key: string, found: Found): void {
    const time = now();
    remembered.delete(key);
    for (const [oldest, { until }] of remembered) {
      if (until > time && remembered.size < maxUsers) break;
      remembered.delete(oldest);
    }
    remembered.set(key, { found, until: time + rememberedMs });
  }

  /** Forgets before and after, so that no read in between is remembered for long. */
  async function changing<T>(keys: readonly string[], change: () => Promise<T>): Promise<T> {
    const forget = () => {
      for (const key of keys) remembered.delete(key);
    };
    forget();
    return change().finally(forget);
  }

  const one = ({ user, flow }: TokenStatus) => [keyOf(user, flow)];

  return {
    ...tokens,

    recall(user, flow) {
      const { found, until = 0 } = remembered.get(keyOf(user, flow)) ?? {};
      return until > now() ? found : undefined;
    },

    async readAccessToken(user, flow) {
      const found = await tokens.readAccessToken(user, flow);
      if (found) remember(keyOf(user, flow), found);
      else remembered.delete(keyOf(user, flow));
      return found;
    },

    signIn: (record, session) => changing(one(record), () => tokens.signIn(record, session)),
    update: (previous, next) => changing(one(previous), () => tokens.update(previous, next)),
    changeStatus: (previous, change) =>
      changing(one(previous), () => tokens.changeStatus(previous, change)),
    remove: (previous) => changing(one(previous), () => tokens.remove(previous)),
    signOut: (user, sessionHashes, options) =>
      changing(
        flows.map((flow) => keyOf(user, flow)),
        () => tokens.signOut(user, sessionHashes, options),
      ),
  };
}

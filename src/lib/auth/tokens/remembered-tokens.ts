import type { AccessToken, Clock, TokenStatus, TokenStore, Versioned } from '../ports.ts';
import { type Flow, flows, type UserHash } from '../user.ts';

/** What {@link TokenStore.readAccessToken} returned. */
type Found = Versioned<TokenStatus & { accessToken: AccessToken }>;

/** A token store that can answer from memory. */
export interface RememberingTokenStore extends TokenStore {
  /**
   * Returns what this process read within the last minute and has not changed since. Another process may have
   * changed it: a caller who must know reads instead. It is good enough where the session was just read.
   */
  recall(user: UserHash, flow: Flow): Found | undefined;
}

/** Milliseconds after which the store is asked again. */
const rememberedMs = 60_000;
/** Longer tokens aren't remembered, so that memory stays bounded: characters. */
const longestToken = 16 * 1024;

/**
 * Lets calls within a minute share one read.
 *
 * @param maxUsers beyond this many, the user read longest ago is forgotten. Each takes 2.9 KB, with tokens of 2.1 KB.
 */
export function rememberTokens(
  tokens: TokenStore,
  { now, maxUsers = 10_000 }: { now: Clock; maxUsers?: number },
): RememberingTokenStore {
  /** Reads in progress. */
  const readings = new Set<{ key: string; isOutdated: boolean }>();
  /** Keyed by user and flow, in the order of reading. */
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

  function forget(keys: readonly string[]): void {
    for (const key of keys) remembered.delete(key);
    for (const reading of readings) reading.isOutdated ||= keys.includes(reading.key);
  }

  /** Forgets before and after a change, including what is read during it. */
  async function changing<T>(keys: readonly string[], change: () => Promise<T>): Promise<T> {
    forget(keys);
    return change().finally(() => forget(keys));
  }

  const one = ({ user, flow }: TokenStatus) => [keyOf(user, flow)];

  return {
    ...tokens,

    recall(user, flow) {
      const { found, until = 0 } = remembered.get(keyOf(user, flow)) ?? {};
      return until > now() ? found : undefined;
    },

    async readAccessToken(user, flow) {
      const reading = { key: keyOf(user, flow), isOutdated: false };
      readings.add(reading);
      try {
        const found = await tokens.readAccessToken(user, flow);
        const isSmall = (found?.accessToken.token.length ?? 0) <= longestToken;
        if (found && isSmall && !reading.isOutdated) remember(reading.key, found);
        else remembered.delete(reading.key);
        return found;
      } finally {
        readings.delete(reading);
      }
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

import { AppError } from '../../errors.ts';
import type { Core } from '../core.ts';
import type { AccessToken, TokenStatus, UsableToken } from '../ports.ts';
import { isFromAhead } from '../refresh/back-off.ts';
import type { RefreshCore, RefreshOutcome, RefreshRequest } from '../refresh/outcome.ts';
import { refreshTokens } from '../refresh/refresh.ts';
import { isFresh } from '../refresh/schedule.ts';
import { type Flow, logName, type UserHash } from '../user.ts';
import { type Actor, noteActivity } from './activity.ts';
import { describeFault, signInEnded } from './token-error.ts';

export type AccessTokenCore = RefreshCore & Pick<Core, 'recall' | 'singleFlight' | 'timeout'>;

/** Milliseconds that a caller with a valid token waits for a newer one. */
const longestWaitWithTokenMs = 2_000;
/** The same for a token that is about to expire. */
const longestWaitWhenExpiringMs = 5_000;
/** A token with less life left than this is used only if no newer one is to be had: milliseconds. */
const lastUseMs = 30_000;
/** A user's tokens are refreshed at most once in this time for the sake of a longer validity. */
const longerValidityEveryMs = 60_000;

/** Milliseconds to wait for another instance's refresh, and between looks at it. */
const maxWaitMs = 8_000;
const firstPauseMs = 50;
const maxPauseMs = 400;

/** What a caller needs of an access token, besides that it is fresh. */
export interface TokenNeed {
  /** Who uses the token. Default: the user. */
  actor?: Actor | undefined;
  /** Milliseconds that it should be good for. A token that is less than a minute old always will do. */
  minValidityMs?: number;
  /**
   * Inspects the tokens' status first, as stored, not as remembered.
   *
   * @throws what the caller is told.
   */
  inspect?: (status: TokenStatus | undefined) => void;
}

/**
 * Returns an access token that is good for a call now: the stored one or a refreshed one. A valid stored token
 * is returned whatever happens to the refresh, unless the user's sign-in has ended. It is returned at once if
 * it lasts as long as the caller needs and is not about to expire, else once no longer-lived one can be had.
 *
 * @throws AppError `reauth_required` if the user has to sign in, `misconfigured` or
 *   `temporarily_unavailable` if there is no valid token and none to be had.
 */
export async function accessTokenFor(
  core: AccessTokenCore,
  user: UserHash,
  flow: Flow,
  { actor, minValidityMs = 0, inspect }: TokenNeed = {},
): Promise<UsableToken> {
  const { tokens, recall, now } = core;
  const recalled = inspect ? undefined : recall(user, flow);
  const record = recalled ?? (await tokens.readAccessToken(user, flow));
  inspect?.(record);
  if (!record) throw tokensMissing();
  if (record.state === 'reauth_required') {
    throw signInEnded(record.reason);
  }
  const { accessToken, scopes } = record;
  const isEnough = (status: TokenStatus) =>
    isFresh(status, now()) && isValidFor(status, minValidityMs, now());
  if (isEnough(record)) {
    await noteActivity(core, record, actor);
    return { ...accessToken, scopes, ...(recalled && { isRecalled: true }) };
  }
  const isLongEnough = isValidFor(record, minValidityMs, now());
  const isAboutToExpire = isExpiring(record, now());
  const renewed = renewOnce(core, {
    ...{ user, flow, actor, accessToken, scopes },
    key: String(minValidityMs),
    wanted: (status) => !isEnough(status),
    isUsable: (token) => token.expiresAt > now(),
    waits: !isLongEnough || isAboutToExpire,
  });
  const waitMs = isAboutToExpire ? longestWaitWhenExpiringMs : longestWaitWithTokenMs;
  if (!isLongEnough || accessToken.expiresAt - now() <= waitMs) return renewed;
  const waited = core.timeout(waitMs).then(() => ({ ...accessToken, scopes }));
  return Promise.race([renewed, waited]);
}

/** What Microsoft Graph refused, and what another token must meet. */
export interface RefusedToken {
  refused: UsableToken;
  /** As in {@link TokenNeed}. */
  actor?: Actor | undefined;
  /** JSON of a claims challenge. */
  claims?: string;
  /** Whether to ask the token endpoint if the store has no other token. Default: yes. */
  mayRefresh?: boolean;
}

/**
 * Replaces an access token that Microsoft Graph refused: by the stored one if that differs by now, else by a
 * refreshed one. It returns the refused token only if `mayRefresh` is false.
 *
 * @throws AppError as {@link accessTokenFor}; `reauth_required` with the claims if the user has to
 *   meet a challenge.
 */
export async function accessTokenInstead(
  core: AccessTokenCore,
  user: UserHash,
  flow: Flow,
  { refused, actor, claims, mayRefresh = true }: RefusedToken,
): Promise<UsableToken> {
  const isOther = ({ token }: AccessToken) => token !== refused.token;
  return renewOnce(core, {
    ...{ user, flow, actor, accessToken: refused, scopes: refused.scopes, claims },
    key: `instead|${mayRefresh}|${refused.token}|${claims ?? ''}`,
    wanted: ({ accessToken }) => mayRefresh && !isOther(accessToken),
    isUsable: (token) => isOther(token) && token.expiresAt > core.now(),
  });
}

interface Renewal extends Pick<RefreshRequest, 'user' | 'flow' | 'actor' | 'wanted' | 'claims'> {
  /** The token from before the refresh. */
  accessToken: AccessToken;
  scopes: readonly string[];
  /** Distinguishes what different callers of one user want. */
  key: string;
  /** Whether a token will do if there is no newer one. */
  isUsable: (token: AccessToken) => boolean;
  /** Whether to wait for another instance's refresh even then. */
  waits?: boolean;
}

function renewOnce(core: AccessTokenCore, renewal: Renewal): Promise<UsableToken> {
  const { user, flow, key } = renewal;
  return core.singleFlight(`${user}|${flow}|${key}`, () => renew(core, renewal));
}

async function renew(
  core: AccessTokenCore,
  { user, flow, actor, accessToken, scopes, claims, wanted, isUsable, waits = false }: Renewal,
): Promise<UsableToken> {
  const { now, sleep, log } = core;
  const deadline = now() + maxWaitMs;
  for (let pause = firstPauseMs; ; pause = Math.min(2 * pause, maxPauseMs)) {
    const outcome = await refreshTokens(core, {
      ...{ user, flow, actor, wanted, claims },
      by: 'request',
    }).catch((error): RefreshOutcome => {
      log.warn('refresh-put-off', { user: logName(user), flow, ...describeFault(error) });
      return { kind: 'failed', error, accessToken };
    });
    switch (outcome.kind) {
      case 'refreshed':
        return { ...outcome.accessToken, scopes: outcome.scopes, isNew: true };
      case 'not-wanted':
        return { ...outcome.record.accessToken, scopes: outcome.record.scopes };
      case 'gone':
        throw tokensMissing();
      case 'refused':
        throw outcome.error;
      case 'failed':
        if (isUsable(outcome.accessToken)) return { ...outcome.accessToken, scopes };
        throw outcome.error;
      case 'busy': {
        const isLate = now() >= deadline;
        if ((isLate || !waits) && isUsable(outcome.accessToken)) {
          return { ...outcome.accessToken, scopes };
        }
        if (isLate) throw new AppError('temporarily_unavailable');
      }
    }
    await sleep(pause);
  }
}

/**
 * Whether a token is good for as long as a caller needs. One that was issued within the last minute
 * counts as such: a refresh would hardly bring a longer-lived one.
 */
function isValidFor(status: TokenStatus, minValidityMs: number, now: number): boolean {
  const isRecent = !isFromAhead(status, now) && now - status.refreshedAt < longerValidityEveryMs;
  return isRecent || status.accessTokenExpiresAt - now >= minValidityMs;
}

/** Whether a token may expire on its way to Microsoft Graph. */
function isExpiring({ accessTokenExpiresAt, refreshedAt }: TokenStatus, now: number): boolean {
  const lifetime = accessTokenExpiresAt - refreshedAt;
  return accessTokenExpiresAt - now < Math.min(lastUseMs, lifetime / 10);
}

function tokensMissing(): AppError {
  return new AppError('reauth_required', {
    detail: 'There are no usable tokens for you any more. Sign in again.',
    reason: 'tokens_missing',
    login: {},
  });
}

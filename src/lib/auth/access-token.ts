import { AppError } from '../errors.ts';
import type { AccessToken, Clock } from './ports.ts';
import { type RefreshDependencies, refreshTokens } from './refresh/refresh.ts';
import { isFresh } from './refresh/schedule.ts';
import type { SingleFlight } from './single-flight.ts';
import { TokenError, toAppError } from './token-error.ts';
import type { Flow, UserHash } from './user.ts';

export interface AccessTokenDependencies extends RefreshDependencies {
  singleFlight: SingleFlight<AccessToken>;
  sleep: (ms: number) => Promise<void>;
}

/** Milliseconds to wait for another instance's refresh, and between looks at it. */
const maxWaitMs = 8_000;
const firstPauseMs = 50;
const maxPauseMs = 400;

/**
 * An access token that will do for a call now: the stored one, or a refreshed one.
 *
 * @throws AppError `reauth_required` if the user has to sign in, `misconfigured` or
 *   `temporarily_unavailable` if there is no valid token and none to be had.
 */
export async function accessTokenFor(
  dependencies: AccessTokenDependencies,
  user: UserHash,
  flow: Flow,
): Promise<AccessToken> {
  const record = await dependencies.tokens.readAccessToken(user, flow);
  if (!record) throw tokensMissing();
  if (isFresh(record, dependencies.now())) return record.accessToken;
  return dependencies.singleFlight(`${user}|${flow}`, () => renew(dependencies, user, flow));
}

async function renew(
  dependencies: AccessTokenDependencies,
  user: UserHash,
  flow: Flow,
): Promise<AccessToken> {
  const { now, sleep } = dependencies;
  const deadline = now() + maxWaitMs;
  let valid: AccessToken | undefined;
  for (let pause = firstPauseMs; ; pause = Math.min(2 * pause, maxPauseMs)) {
    const outcome = await refreshTokens(dependencies, {
      user,
      flow,
      by: 'request',
      wanted(record) {
        valid = record.accessToken;
        return !isFresh(record, now());
      },
    }).catch((error) => serveIfValid(error, valid, now));
    if (outcome.kind === 'gone') throw tokensMissing();
    if (outcome.kind !== 'busy' || isValid(outcome.accessToken, now)) return outcome.accessToken;
    if (now() >= deadline) throw new AppError('temporarily_unavailable');
    await sleep(pause);
  }
}

/** A failed refresh does not matter while the token at hand is valid. */
function serveIfValid(error: unknown, token: AccessToken | undefined, now: Clock) {
  if (token && isValid(token, now)) return { kind: 'not-wanted', accessToken: token } as const;
  throw error instanceof TokenError ? toAppError(error) : error;
}

function isValid(token: AccessToken, now: Clock): boolean {
  return token.expiresAt > now();
}

function tokensMissing(): AppError {
  return new AppError('reauth_required', {
    detail: 'There are no usable tokens for you any more. Sign in again.',
    reason: 'tokens_missing',
    login: {},
  });
}

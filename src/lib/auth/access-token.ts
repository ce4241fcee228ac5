import { AppError } from '../errors.ts';
import { noteActivity } from './activity.ts';
import type { AccessToken, Clock } from './ports.ts';
import type { RefreshDependencies, RefreshOutcome } from './refresh/outcome.ts';
import { refreshTokens } from './refresh/refresh.ts';
import { isFresh } from './refresh/schedule.ts';
import type { SingleFlight } from './single-flight.ts';
import { describeFault, signInEnded } from './token-error.ts';
import { type Flow, logName, type UserHash } from './user.ts';

export interface AccessTokenDependencies extends RefreshDependencies {
  singleFlight: SingleFlight<AccessToken>;
  /** Resolves after some milliseconds, of which nothing else takes note. */
  patience: (ms: number) => Promise<void>;
}

/** Milliseconds that someone with a valid token waits for a newer one. */
const longestWaitWithTokenMs = 2_000;

/** Milliseconds to wait for another instance's refresh, and between looks at it. */
const maxWaitMs = 8_000;
const firstPauseMs = 50;
const maxPauseMs = 400;

/**
 * An access token that will do for a call now: the stored one, or a refreshed one. While the stored
 * one is valid it is served whatever befalls the refresh, unless the user's sign-in has ended.
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
  if (record.state === 'reauth_required') {
    throw signInEnded(record.reason);
  }
  const { accessToken } = record;
  if (isFresh(record, dependencies.now())) {
    await noteActivity(dependencies, record);
    return accessToken;
  }
  const renewed = dependencies.singleFlight(`${user}|${flow}`, () =>
    renew(dependencies, { user, flow, accessToken }),
  );
  if (!isValid(accessToken, dependencies.now)) return renewed;
  const waited = dependencies.patience(longestWaitWithTokenMs).then(() => accessToken);
  return Promise.race([renewed, waited]);
}

async function renew(
  dependencies: AccessTokenDependencies,
  { user, flow, accessToken }: { user: UserHash; flow: Flow; accessToken: AccessToken },
): Promise<AccessToken> {
  const { now, sleep, log } = dependencies;
  const deadline = now() + maxWaitMs;
  for (let pause = firstPauseMs; ; pause = Math.min(2 * pause, maxPauseMs)) {
    const outcome = await refreshTokens(dependencies, {
      user,
      flow,
      by: 'request',
      wanted: (record) => !isFresh(record, now()),
    }).catch((error): RefreshOutcome => {
      log.warn('refresh-put-off', { user: logName(user), flow, ...describeFault(error) });
      return { kind: 'failed', error, accessToken };
    });
    switch (outcome.kind) {
      case 'refreshed':
        return outcome.accessToken;
      case 'not-wanted':
        return outcome.record.accessToken;
      case 'gone':
        throw tokensMissing();
      case 'refused':
        throw outcome.error;
      case 'failed':
        if (isValid(outcome.accessToken, now)) return outcome.accessToken;
        throw outcome.error;
      case 'busy':
        if (isValid(outcome.accessToken, now)) return outcome.accessToken;
    }
    if (now() >= deadline) throw new AppError('temporarily_unavailable');
    await sleep(pause);
  }
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

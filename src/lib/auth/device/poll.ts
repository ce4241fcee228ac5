import { AppError, ConflictError, GoneError } from '../../errors.ts';
import type { Core } from '../core.ts';
import type { Versioned } from '../ports.ts';
import { type OpenedSession, type OpeningCore, openSession } from '../session/open-session.ts';
import type { ClientDescription } from '../session/ports.ts';
import { processIdToken } from '../sign-in/id-token.ts';
import type { IssuedTokens } from '../tokens/token-client.ts';
import { describeFault, TokenError, toAppError } from '../tokens/token-error.ts';
import { classifyFault } from '../tokens/token-fault.ts';
import { isPast, parseDeviceHandle } from './handle.ts';
import type { DeviceKey, PendingDeviceSignIn } from './ports.ts';

type PollCore = OpeningCore &
  Pick<Core, 'tokenClient' | 'devices' | 'clients' | 'allowedTenants' | 'issuerOf'>;

/** How a device sign-in is going. */
export type DevicePoll =
  | { state: 'pending'; retryAfterSeconds: number }
  | ({ state: 'signed-in' } & OpenedSession);

/** Milliseconds after which a poll that has not answered is given up, and another may be made. */
const longestPollMs = 15_000;
/** Whatever the identity provider says: the codes live for minutes. */
const longestWaitMs = 60_000;
/** What an upstream `slow_down` adds to the interval. @see RFC 8628 section 3.5 */
const slowDownMs = 5_000;
/** Milliseconds after which nobody waits for the answer: no session is opened that nobody gets. */
const openWithinMs = 8_000;

type Polled = Versioned<PendingDeviceSignIn> & { key: DeviceKey };

/**
 * Asks once how a device sign-in is going: at most one token call, and none if it is too early or
 * somebody else is asking. Whoever gets the session has ended the sign-in.
 *
 * @throws AppError `not_found` for an unknown handle, `gone` after the end, `slow_down` if it is too
 *   early, `forbidden` (once) with the reason `declined` or `blocked_by_policy`.
 */
export async function pollDeviceSignIn(
  core: PollCore,
  handle: string,
  client: ClientDescription,
): Promise<DevicePoll> {
  const { devices, clients, allowedTenants, issuerOf, now, log } = core;
  if (!clients.device) throw new AppError('not_found');
  const startedAt = now();
  const polled = await takeTurn(core, handle);
  const tokens = await requestTokens(core, polled, startedAt);
  if (!tokens) return { state: 'pending', retryAfterSeconds: polled.intervalMs / 1000 };
  // The codes are spent, whatever comes of it.
  await devices.end(polled.key).catch((error) => {
    log.warn('device-sign-in-not-ended', describeFault(error));
  });
  const identity = processIdToken(tokens.idToken, {
    clientId: clients.device.clientId,
    ...{ allowedTenants, issuerOf, nonce: undefined },
    now: now(),
  });
  if (now() - startedAt > openWithinMs) throw new AppError('temporarily_unavailable');
  const session = await openSession(core, identity, tokens, { flow: 'device', client });
  return { state: 'signed-in', ...session };
}

/** Of polls at one time, one has its turn. */
async function takeTurn({ devices, now }: PollCore, handle: string): Promise<Polled> {
  const key = parseDeviceHandle(handle);
  if (!key) throw unknownHandle();
  const signIn = await devices.read(key);
  if (!signIn) throw isPast(key, now()) ? over() : unknownHandle();
  if (signIn.state === 'ended' || signIn.expiresAt <= now()) throw over();
  const { intervalMs, pollAfter } = signIn;
  if (pollAfter > now()) throw slowDown(pollAfter - now());
  try {
    const next = { intervalMs, pollAfter: now() + longestPollMs };
    return { ...signIn, key, version: await devices.schedule(key, signIn.version, next) };
  } catch (error) {
    if (error instanceof ConflictError) throw slowDown(intervalMs);
    throw error instanceof GoneError ? over() : error;
  }
}

/** @returns undefined while the user has not decided. */
async function requestTokens(
  core: PollCore,
  polled: Polled,
  startedAt: number,
): Promise<(IssuedTokens & { idToken: string }) | undefined> {
  const { tokenClient, devices } = core;
  const { authorization, scopes, intervalMs, key } = polled;
  try {
    return await tokenClient.pollDevice(authorization, scopes);
  } catch (error) {
    const answer = meaningOf(error);
    if (answer.state === 'ended') {
      await devices.end(key);
      throw answer.error;
    }
    const next = intervalMs + (answer.state === 'slow-down' ? slowDownMs : 0);
    const waitMs = Math.max(next, answer.state === 'failed' ? answer.waitMs : 0);
    const times = { intervalMs: next, pollAfter: startedAt + waitMs };
    await devices.schedule(key, polled.version, times).catch((failure) => {
      // Somebody else has had a turn meanwhile: that one's times count.
      if (!(failure instanceof ConflictError || failure instanceof GoneError)) throw failure;
    });
    if (answer.state === 'slow-down') throw slowDown(next);
    if (answer.state === 'failed') throw toldToWait(answer.error, waitMs);
    return undefined;
  }
}

/** No sooner than the next poll may come. */
function toldToWait(error: unknown, waitMs: number): unknown {
  if (!(error instanceof AppError) || error.status !== 503) return error;
  return new AppError(
    error.code,
    { ...error.public, retryAfterSeconds: Math.ceil(waitMs / 1000) },
    error,
  );
}

type PollFailure =
  | { state: 'pending' | 'slow-down' }
  | { state: 'ended'; error: AppError }
  /** For now: the user may still decide. */
  | { state: 'failed'; error: unknown; waitMs: number };

const declined = new Set(['access_denied', 'authorization_declined']);
const lapsed = new Set(['expired_token', 'code_expired', 'bad_verification_code']);

/** @see RFC 8628 section 3.5, and for Entra's own names https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code#expected-errors */
function meaningOf(error: unknown): PollFailure {
  if (!(error instanceof TokenError)) return { state: 'failed', error, waitMs: 0 };
  const { error: code = '' } = error.fault;
  if (code === 'authorization_pending') return { state: 'pending' };
  if (code === 'slow_down') return { state: 'slow-down' };
  const { class: whose } = classifyFault(error.fault);
  if (whose === 'administrator') {
    const detail = 'Your organization does not allow this sign-in.';
    return { state: 'ended', error: refused('blocked_by_policy', detail, error) };
  }
  if (declined.has(code)) {
    return { state: 'ended', error: refused('declined', 'Sign-in was declined.', error) };
  }
  if (whose === 'user' || lapsed.has(code)) return { state: 'ended', error: over(error) };
  const failure = toAppError(error);
  const waitMs = (failure.public.retryAfterSeconds ?? 0) * 1000;
  return { state: 'failed', error: failure, waitMs: Math.min(waitMs, longestWaitMs) };
}

function unknownHandle(): AppError {
  return new AppError('not_found', { detail: 'There is no such device sign-in.' });
}

function over(cause?: unknown): AppError {
  const detail = 'This device sign-in is over. Start again with POST /device.';
  return new AppError('gone', { detail }, cause);
}

function slowDown(waitMs: number): AppError {
  return new AppError('slow_down', {
    detail: 'Ask again after the time in Retry-After.',
    retryAfterSeconds: Math.ceil(waitMs / 1000),
  });
}

function refused(reason: 'declined' | 'blocked_by_policy', detail: string, cause: unknown) {
  return new AppError('forbidden', { detail, reason }, cause);
}

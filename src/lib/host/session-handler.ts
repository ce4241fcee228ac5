import type { AppCore } from '../app-core.ts';
import { toDeviceError } from '../auth/device/errors.ts';
import type { Ending, SessionRecord } from '../auth/session/ports.ts';
import {
  type LiveSession,
  requireEndingSession,
  requireSession,
  type StoredSession,
} from '../auth/session/session.ts';
import { logName } from '../auth/user.ts';
import type { AppRequest } from './app-request.ts';
import type { Handler } from './http.ts';
import type { Reply } from './reply.ts';

/**
 * A handler for signed-in users only: others get 401. A browser shows its session in its cookie, a
 * device, which has none, as a bearer token.
 */
export function withSession(handle: Handle<LiveSession>): Handler {
  return withFound((core, { secret, kind }) => requireSession(core, secret, kind), handle);
}

/**
 * As {@link withSession}, for a call that ends the session: it can be repeated until it has
 * succeeded.
 *
 * @param endingOf what the call ends.
 */
export function withEndingSession(
  endingOf: (request: AppRequest) => Ending,
  handle: Handle<StoredSession>,
): Handler {
  return withFound(
    (core, { secret, kind }, request) =>
      requireEndingSession(core, secret, { kind, ending: endingOf(request) }),
    handle,
  );
}

type Handle<Session> = (session: Session, core: AppCore, request: AppRequest) => Promise<Reply>;

/** A session's secret, as a client shows it. */
interface Shown {
  secret: string | undefined;
  kind: SessionRecord['kind'];
}

function withFound<Session extends StoredSession>(
  find: (core: AppCore, shown: Shown, request: AppRequest) => Promise<Session>,
  handle: Handle<Session>,
): Handler {
  return async (request, core) => {
    const cookie = request.cookie(core.cookies.session);
    const authorization = cookie === undefined ? request.header('authorization') : undefined;
    const shown: Shown =
      authorization === undefined
        ? { secret: cookie, kind: 'browser' }
        : { secret: bearerToken(authorization), kind: 'device' };
    try {
      const session = await find(core, shown, request);
      request.audit.user = logName(session.user);
      return await handle(session, core, request);
    } catch (error) {
      throw authorization === undefined ? error : toDeviceError(error);
    }
  };
}

/** For the answer by which a session ends: a browser forgets its cookie. */
export function forgottenCookie(
  { kind }: StoredSession,
  { cookies }: AppCore,
): Pick<Reply, 'cookies'> {
  return kind === 'browser' ? { cookies: [{ name: cookies.session, value: '', maxAge: 0 }] } : {};
}

/** @see RFC 6750 section 2.1 */
function bearerToken(authorization: string): string | undefined {
  return /^Bearer (\S+)$/i.exec(authorization)?.[1];
}

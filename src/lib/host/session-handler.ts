import { toDeviceError } from '../auth/device/errors.ts';
import type { LiveSession, StoredSession } from '../auth/session.ts';
import type { Ending, SessionRecord } from '../auth/session-ports.ts';
import { logName } from '../auth/user.ts';
import type { Services } from '../services.ts';
import { getServices } from './app.ts';
import type { AppRequest } from './app-request.ts';
import type { Handler } from './http.ts';
import type { Reply } from './reply.ts';

/**
 * A handler for signed-in users only: others get 401. A browser shows its session in its cookie, a
 * device, which has none, as a bearer token.
 */
export function withSession(handle: Handle<LiveSession>): Handler {
  return withFound(({ requireSession }, { secret, kind }) => requireSession(secret, kind), handle);
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
    ({ requireEndingSession }, { secret, kind }, request) =>
      requireEndingSession(secret, { kind, ending: endingOf(request) }),
    handle,
  );
}

type Handle<Session> = (
  session: Session,
  services: Services,
  request: AppRequest,
) => Promise<Reply>;

/** A session's secret, as a client shows it. */
interface Shown {
  secret: string | undefined;
  kind: SessionRecord['kind'];
}

function withFound<Session extends StoredSession>(
  find: (services: Services, shown: Shown, request: AppRequest) => Promise<Session>,
  handle: Handle<Session>,
): Handler {
  return async (request) => {
    const services = getServices();
    const cookie = request.cookie(services.cookies.session);
    const authorization = cookie === undefined ? request.header('authorization') : undefined;
    const shown: Shown =
      authorization === undefined
        ? { secret: cookie, kind: 'browser' }
        : { secret: bearerToken(authorization), kind: 'device' };
    try {
      const session = await find(services, shown, request);
      request.audit.user = logName(session.user);
      return await handle(session, services, request);
    } catch (error) {
      throw authorization === undefined ? error : toDeviceError(error);
    }
  };
}

/** For the answer by which a session ends: a browser forgets its cookie. */
export function forgottenCookie(
  { kind }: StoredSession,
  { cookies }: Services,
): Pick<Reply, 'cookies'> {
  return kind === 'browser' ? { cookies: [{ name: cookies.session, value: '', maxAge: 0 }] } : {};
}

/** @see RFC 6750 section 2.1 */
function bearerToken(authorization: string): string | undefined {
  return /^Bearer (\S+)$/i.exec(authorization)?.[1];
}

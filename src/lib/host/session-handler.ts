import { toDeviceError } from '../auth/device/errors.ts';
import type { LiveSession } from '../auth/session.ts';
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
export function withSession(
  handle: (session: LiveSession, services: Services, request: AppRequest) => Promise<Reply>,
): Handler {
  return async (request) => {
    const services = getServices();
    const cookie = request.cookie(services.cookies.session);
    const authorization = cookie === undefined ? request.header('authorization') : undefined;
    try {
      const session =
        authorization === undefined
          ? await services.requireSession(cookie, 'browser')
          : await services.requireSession(bearerToken(authorization), 'device');
      request.audit.user = logName(session.user);
      return await handle(session, services, request);
    } catch (error) {
      throw authorization === undefined ? error : toDeviceError(error);
    }
  };
}

/** For the answer by which a session ends: a browser forgets its cookie. */
export function forgottenCookie(
  { kind }: LiveSession,
  { cookies }: Services,
): Pick<Reply, 'cookies'> {
  return kind === 'browser' ? { cookies: [{ name: cookies.session, value: '', maxAge: 0 }] } : {};
}

/** @see RFC 6750 section 2.1 */
function bearerToken(authorization: string): string | undefined {
  return /^Bearer (\S+)$/i.exec(authorization)?.[1];
}

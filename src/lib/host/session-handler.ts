import type { LiveSession } from '../auth/session.ts';
import { logName } from '../auth/user.ts';
import type { Services } from '../services.ts';
import { getServices } from './app.ts';
import type { AppRequest } from './app-request.ts';
import type { Handler } from './http.ts';
import type { Reply } from './reply.ts';

/** A handler for signed-in users only: others get 401. */
export function withSession(
  handle: (session: LiveSession, services: Services, request: AppRequest) => Promise<Reply>,
): Handler {
  return async (request) => {
    const services = getServices();
    const session = await services.requireSession(request.cookie(services.cookies.session));
    request.user = logName(session.user);
    return handle(session, services, request);
  };
}

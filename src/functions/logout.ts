import { signOut, signOutEverywhere } from '../lib/auth/session/sign-out.ts';
import type { AppRequest } from '../lib/host/app-request.ts';
import { auditAs } from '../lib/host/audit.ts';
import { registerRoute } from '../lib/host/http.ts';
import { json } from '../lib/host/reply.ts';
import { forgottenCookie, withEndingSession } from '../lib/host/session-handler.ts';
import { errors, query } from '../lib/openapi/operation.ts';
import { jsonOf } from '../lib/openapi/responses.ts';
import { anySession } from '../lib/openapi/security.ts';

/** `POST /logout`: ends this session, or with `?everywhere=true` all of the user's. */
registerRoute({
  name: 'logout',
  route: 'logout',
  kind: 'api',
  audit: auditAs('sign-out'),
  methods: {
    POST: withEndingSession(
      (request) => (isEverywhere(request) ? 'everywhere' : 'session'),
      async (session, core, request) => {
        await (isEverywhere(request) ? signOutEverywhere : signOut)(core, session);
        const logoutUrl = core.tokenClient.endSessionUrl(session.provider?.loginHint);
        return { ...json({ logoutUrl }), ...forgottenCookie(session, core) };
      },
    ),
  },
  operations: {
    POST: {
      operationId: 'signOut',
      tag: 'Sessions',
      summary: 'End this session, or all of the user’s',
      security: anySession,
      parameters: [query('everywhere', '`true`: all of the user’s sessions.', { type: 'boolean' })],
      responses: { 200: jsonOf('SignedOut', 'It is over; a browser forgets its cookie.') },
      errors: errors.session,
    },
  },
});

function isEverywhere(request: AppRequest): boolean {
  return request.query('everywhere') === 'true';
}

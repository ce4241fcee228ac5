import { forget } from '../lib/auth/session/sign-out.ts';
import { auditAs } from '../lib/host/audit.ts';
import { registerRoute } from '../lib/host/http.ts';
import { forgottenCookie, withEndingSession } from '../lib/host/session-handler.ts';
import { errors } from '../lib/openapi/operation.ts';
import { empty } from '../lib/openapi/responses.ts';
import { anySession } from '../lib/openapi/security.ts';

/** `DELETE /me/data`: forgets the user: every session and every token. */
registerRoute({
  name: 'me-data',
  route: 'me/data',
  kind: 'api',
  audit: auditAs('deletion'),
  methods: {
    DELETE: withEndingSession(
      () => 'data',
      async (session, core) => {
        await forget(core, session);
        return { status: 204, ...forgottenCookie(session, core) };
      },
    ),
  },
  operations: {
    DELETE: {
      operationId: 'forgetUser',
      tag: 'Sessions',
      summary: 'Forget the user: every session, every token',
      security: anySession,
      responses: { 204: empty('Nothing is kept; a browser forgets its cookie.') },
      errors: errors.session,
    },
  },
});

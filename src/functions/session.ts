import { viewSession } from '../lib/auth/session/view.ts';
import { registerRoute } from '../lib/host/http.ts';
import { json } from '../lib/host/reply.ts';
import { withSession } from '../lib/host/session-handler.ts';
import { loginUrl } from '../lib/http/login-url.ts';
import { errors } from '../lib/openapi/operation.ts';
import { jsonOf } from '../lib/openapi/responses.ts';
import { anySession } from '../lib/openapi/security.ts';

/** `GET /session`: the session and the state of its user's tokens, never the tokens. */
registerRoute({
  name: 'session',
  route: 'session',
  kind: 'api',
  methods: {
    GET: withSession(async (session, core) =>
      json(await viewSession(core, session, loginUrl(core.publicBaseUrl))),
    ),
  },
  operations: {
    GET: {
      operationId: 'getSession',
      tag: 'Sessions',
      summary: 'The session, and the state of its user’s tokens',
      security: anySession,
      responses: { 200: jsonOf('Session', 'Who is signed in, and until when.') },
      errors: errors.session,
    },
  },
});

import { listSessions } from '../lib/auth/session/list.ts';
import { registerRoute } from '../lib/host/http.ts';
import { json } from '../lib/host/reply.ts';
import { withSession } from '../lib/host/session-handler.ts';
import { errors } from '../lib/openapi/operation.ts';
import { jsonOf } from '../lib/openapi/responses.ts';
import { anySession } from '../lib/openapi/security.ts';

/** `GET /sessions`: the user's sessions, of browsers and devices. */
registerRoute({
  name: 'sessions',
  route: 'sessions',
  kind: 'api',
  methods: {
    GET: withSession(async (session, core) =>
      json({ sessions: await listSessions(core, session) }),
    ),
  },
  operations: {
    GET: {
      operationId: 'listSessions',
      tag: 'Sessions',
      summary: 'The user’s sessions, of browsers and devices',
      security: anySession,
      responses: { 200: jsonOf('SessionList', 'Those that hold.') },
      errors: errors.session,
    },
  },
});

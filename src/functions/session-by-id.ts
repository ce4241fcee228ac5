import { endSession } from '../lib/auth/session/list.ts';
import { auditAs } from '../lib/host/audit.ts';
import { registerRoute } from '../lib/host/http.ts';
import { withEndingSession } from '../lib/host/session-handler.ts';
import { errors, path } from '../lib/openapi/operation.ts';
import { empty } from '../lib/openapi/responses.ts';
import { anySession } from '../lib/openapi/security.ts';

/** `DELETE /sessions/{id}`: ends one of the user's sessions. */
registerRoute({
  name: 'session-by-id',
  route: 'sessions/{id}',
  kind: 'api',
  audit: auditAs('session-end'),
  methods: {
    DELETE: withEndingSession(
      () => 'session',
      async (session, core, request) => {
        await endSession(core, session, request.param('id') ?? '');
        return { status: 204 };
      },
    ),
  },
  operations: {
    DELETE: {
      operationId: 'endSession',
      tag: 'Sessions',
      summary: 'End one of the user’s sessions',
      security: anySession,
      parameters: [path('id', 'As in `GET /sessions`.')],
      responses: { 204: empty('It is over.') },
      errors: [...errors.session, 'not_found'],
    },
  },
});

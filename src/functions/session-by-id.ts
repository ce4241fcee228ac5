import { auditAs } from '../lib/host/audit.ts';
import { registerRoute } from '../lib/host/http.ts';
import { withSession } from '../lib/host/session-handler.ts';

/** `DELETE /sessions/{id}`: ends one of the user's sessions. */
registerRoute({
  name: 'session-by-id',
  route: 'sessions/{id}',
  kind: 'api',
  audit: auditAs('session-end'),
  methods: {
    DELETE: withSession(async (session, services, request) => {
      await services.endSession(session, request.param('id') ?? '');
      return { status: 204 };
    }),
  },
});

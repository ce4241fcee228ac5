import { auditAs } from '../lib/host/audit.ts';
import { registerRoute } from '../lib/host/http.ts';
import { forgottenCookie, withSession } from '../lib/host/session-handler.ts';

/** `DELETE /me/data`: forgets the user: every session and every token. */
registerRoute({
  name: 'me-data',
  route: 'me/data',
  kind: 'api',
  audit: auditAs('deletion'),
  methods: {
    DELETE: withSession(async (session, services) => {
      await services.forget(session);
      return { status: 204, ...forgottenCookie(session, services) };
    }),
  },
});

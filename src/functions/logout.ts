import { auditAs } from '../lib/host/audit.ts';
import { registerRoute } from '../lib/host/http.ts';
import { json } from '../lib/host/reply.ts';
import { forgottenCookie, withSession } from '../lib/host/session-handler.ts';

/** `POST /logout`: ends this session, or with `?everywhere=true` all of the user's. */
registerRoute({
  name: 'logout',
  route: 'logout',
  kind: 'api',
  audit: auditAs('sign-out'),
  methods: {
    POST: withSession(async (session, services, request) => {
      const everywhere = request.query('everywhere') === 'true';
      const { logoutUrl } = await services.signOut(session, everywhere);
      return { ...json({ logoutUrl }), ...forgottenCookie(session, services) };
    }),
  },
});

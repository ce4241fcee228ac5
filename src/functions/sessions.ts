import { registerRoute } from '../lib/host/http.ts';
import { json } from '../lib/host/reply.ts';
import { withSession } from '../lib/host/session-handler.ts';

/** `GET /sessions`: the user's sessions, of browsers and devices. */
registerRoute({
  name: 'sessions',
  route: 'sessions',
  kind: 'api',
  methods: {
    GET: withSession(async (session, services) =>
      json({ sessions: await services.listSessions(session) }),
    ),
  },
});

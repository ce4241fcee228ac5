import { registerRoute } from '../lib/host/http.ts';
import { json } from '../lib/host/reply.ts';
import { withSession } from '../lib/host/session-handler.ts';

/** `GET /session`: the session and the state of its user's tokens, never the tokens. */
registerRoute({
  name: 'session',
  route: 'session',
  kind: 'api',
  methods: {
    GET: withSession(async (session, services) => json(await services.viewSession(session))),
  },
});

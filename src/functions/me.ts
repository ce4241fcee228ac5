import { callOf, graphReply } from '../lib/host/graph-handler.ts';
import { registerRoute } from '../lib/host/http.ts';
import { withSession } from '../lib/host/session-handler.ts';

/** `GET /me`: the signed-in user's Graph profile, Graph's JSON unchanged. */
registerRoute({
  name: 'me',
  route: 'me',
  kind: 'api',
  methods: {
    GET: withSession(async (session, services, request) =>
      graphReply(await services.readProfile(session, callOf(request))),
    ),
  },
});

import { registerRoute } from '../lib/host/http.ts';
import { jsonText } from '../lib/host/reply.ts';
import { withSession } from '../lib/host/session-handler.ts';

/** `GET /me`: the signed-in user's Graph profile, Graph's JSON unchanged. */
registerRoute({
  name: 'me',
  route: 'me',
  kind: 'api',
  methods: {
    GET: withSession(async (session, services, request) => {
      const profile = await services.readProfile(session, request.requestId);
      return jsonText(profile.json);
    }),
  },
});

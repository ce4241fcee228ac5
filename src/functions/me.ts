import { readProfile } from '../lib/auth/graph/call-graph.ts';
import { callOf, graphReply } from '../lib/host/graph-handler.ts';
import { registerRoute } from '../lib/host/http.ts';
import { withSession } from '../lib/host/session-handler.ts';
import { errors } from '../lib/openapi/operation.ts';
import { jsonOf } from '../lib/openapi/responses.ts';
import { anySession } from '../lib/openapi/security.ts';

/** `GET /me`: the signed-in user's Graph profile, Graph's JSON unchanged. */
registerRoute({
  name: 'me',
  route: 'me',
  kind: 'api',
  methods: {
    GET: withSession(async (session, core, request) =>
      graphReply(await readProfile(core, session, callOf(request))),
    ),
  },
  operations: {
    GET: {
      operationId: 'getProfile',
      tag: 'Graph',
      summary: 'The signed-in user’s Graph profile',
      security: anySession,
      responses: { 200: jsonOf('Profile', 'Graph’s JSON, unchanged.') },
      errors: [...errors.session, ...errors.graph],
    },
  },
});

import { callGraphFor } from '../lib/auth/graph/call-graph.ts';
import { everyGraphMethod, graphReply, toGraphAsk } from '../lib/host/graph-handler.ts';
import { registerRoute } from '../lib/host/http.ts';
import { withSession } from '../lib/host/session-handler.ts';
import { graphOperations } from '../lib/openapi/graph.ts';
import { errors } from '../lib/openapi/operation.ts';
import { anySession } from '../lib/openapi/security.ts';

/** `/graph/{*path}`: another Graph resource, if the list has it. */
registerRoute({
  name: 'graph',
  route: 'graph/{*path}',
  kind: 'api',
  methods: everyGraphMethod(
    withSession(async (session, core, request) =>
      graphReply(await callGraphFor(core, session, await toGraphAsk(request, '/graph'))),
    ),
  ),
  operations: graphOperations('GraphResource', {
    description:
      'Passed on to Graph v1.0 with the user’s token, if the list of this app (`GRAPH_ROUTES`) has the method and the path; else 405 or 404.',
    tag: 'Graph',
    security: anySession,
    errors: ['method_not_allowed', ...errors.session, ...errors.graph],
  }),
});

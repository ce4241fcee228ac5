import { everyGraphMethod, graphReply, toGraphAsk } from '../lib/host/graph-handler.ts';
import { registerRoute } from '../lib/host/http.ts';
import { withSession } from '../lib/host/session-handler.ts';

/** `/graph/{*path}`: another Graph resource, if the list has it. */
registerRoute({
  name: 'graph',
  route: 'graph/{*path}',
  kind: 'api',
  methods: everyGraphMethod(
    withSession(async (session, services, request) =>
      graphReply(await services.callGraph(session, await toGraphAsk(request, '/graph'))),
    ),
  ),
});

import { auditAs } from '../lib/host/audit.ts';
import { withBackEnd } from '../lib/host/back-end-handler.ts';
import { everyGraphMethod, graphReply, toGraphAsk } from '../lib/host/graph-handler.ts';
import { registerRoute } from '../lib/host/http.ts';

/** `/users/{userId}/graph/{*path}`: a Graph resource of an absent user, for a trusted back end. */
registerRoute({
  name: 'user-graph',
  route: 'users/{userId}/graph/{*path}',
  kind: 'api',
  audit: auditAs('back-end-graph', 'backEnds'),
  methods: everyGraphMethod(
    withBackEnd(async (absent, services, request) => {
      const [, users, userId] = request.path.split('/');
      const ask = await toGraphAsk(request, `/${users}/${userId}/graph`);
      const call = services.graphCallFor(absent, ask);
      request.audit.scopes = call.scopes;
      return graphReply(await call.send());
    }),
  ),
});

import { callForAbsent, callGraph } from '../lib/auth/graph/call-graph.ts';
import { auditAs } from '../lib/host/audit.ts';
import { withBackEnd } from '../lib/host/back-end-handler.ts';
import { everyGraphMethod, graphReply, toGraphAsk } from '../lib/host/graph-handler.ts';
import { registerRoute } from '../lib/host/http.ts';
import { graphOperations } from '../lib/openapi/graph.ts';
import { errors, path } from '../lib/openapi/operation.ts';

/** `/users/{userId}/graph/{*path}`: a Graph resource of an absent user, for a trusted back end. */
registerRoute({
  name: 'user-graph',
  route: 'users/{userId}/graph/{*path}',
  kind: 'api',
  audit: auditAs('back-end-graph', 'backEnds'),
  methods: everyGraphMethod(
    withBackEnd(async (absent, core, request) => {
      const [, users, userId] = request.path.split('/');
      const ask = await toGraphAsk(request, `/${users}/${userId}/graph`);
      const call = callForAbsent(core, absent, ask);
      request.audit.scopes = call.scopes;
      return graphReply(await callGraph(core, call));
    }),
  ),
  operations: graphOperations('UserGraphResource', {
    description:
      'As `/graph/{path}`, for a user who need not be there. 404 also where no user of the back end’s tenant has tokens here, or back ends are off.',
    tag: 'Back ends',
    security: ['backEndToken'],
    parameters: [path('userId', 'The user’s object id, in the back end’s own tenant.')],
    errors: ['method_not_allowed', ...errors.backEnd, ...errors.graphForBackEnd],
  }),
});

import { registerBareRoute } from '../lib/host/http.ts';
import { json } from '../lib/host/reply.ts';
import { jsonOf } from '../lib/openapi/responses.ts';

/** `GET /health/live`: the process answers. */
const live = async () => json({ status: 'live' });

registerBareRoute({
  name: 'health-live',
  route: 'health/live',
  kind: 'api',
  methods: { GET: live, HEAD: live },
  operations: {
    GET: {
      operationId: 'checkLiveness',
      tag: 'Operation',
      summary: 'Whether the process answers',
      description: 'Needs no settings.',
      security: [],
      responses: { 200: jsonOf('Liveness', 'It does.') },
      errors: [],
    },
  },
});

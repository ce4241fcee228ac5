import { registerBareRoute } from '../lib/host/http.ts';
import { checkReadiness } from '../lib/host/readiness.ts';
import { json } from '../lib/host/reply.ts';
import { errors } from '../lib/openapi/operation.ts';
import { jsonOf } from '../lib/openapi/responses.ts';

/** `GET /health/ready`: settings, storage, queue and keys are in order, else 503 that says which is not. */
const ready = async () => json({ status: 'ready', checks: await checkReadiness() });

registerBareRoute({
  name: 'health-ready',
  route: 'health/ready',
  kind: 'api',
  methods: { GET: ready, HEAD: ready },
  operations: {
    GET: {
      operationId: 'checkReadiness',
      tag: 'Operation',
      summary: 'Whether settings, storage, queue and keys are in order',
      description: '503 says in `detail` which is not.',
      security: [],
      responses: { 200: jsonOf('Readiness', 'They are.') },
      errors: errors.settings,
    },
  },
});

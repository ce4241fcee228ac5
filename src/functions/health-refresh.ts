import { AppError } from '../lib/errors.ts';
import { type Handler, registerRoute } from '../lib/host/http.ts';
import { json } from '../lib/host/reply.ts';
import { errors } from '../lib/openapi/operation.ts';
import { jsonOf, problemOf } from '../lib/openapi/responses.ts';

/** `GET /health/refresh`: how well tokens are kept fresh; 503, with the same figures, if not well. */
const refresh: Handler = async (_request, { health }) => {
  const { status, ...level } = await health.readServiceLevel();
  if (level.problems.length === 0) return json({ status, ...level });
  const code = level.breaker === 'open' ? 'misconfigured' : 'temporarily_unavailable';
  throw new AppError(code, {
    detail: `Tokens are not kept fresh as they should be: ${level.problems.join(', ')}.`,
    members: level,
  });
};

registerRoute({
  name: 'health-refresh',
  route: 'health/refresh',
  kind: 'api',
  methods: { GET: refresh, HEAD: refresh },
  operations: {
    GET: {
      operationId: 'getServiceLevel',
      tag: 'Operation',
      summary: 'How well tokens are kept fresh',
      description:
        '503 where not well, with the figures. `misconfigured`: Entra refuses this app; else `problems` says why.',
      security: [],
      responses: {
        200: jsonOf('ServiceLevel', 'Well.'),
        503: problemOf(['misconfigured', 'temporarily_unavailable'], 'ServiceProblem'),
      },
      errors: errors.settings,
    },
  },
});

import { registerRoute } from '../lib/host/http.ts';
import { checkReadiness } from '../lib/host/readiness.ts';
import { json } from '../lib/host/reply.ts';

/** `GET /health/ready`: settings, storage, queue and keys are in order, else 503 that says which is not. */
const ready = async () => json({ status: 'ready', checks: await checkReadiness() });

registerRoute({
  name: 'health-ready',
  route: 'health/ready',
  kind: 'api',
  methods: { GET: ready, HEAD: ready },
});

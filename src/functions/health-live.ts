import { registerRoute } from '../lib/host/http.ts';
import { json } from '../lib/host/reply.ts';

/** `GET /health/live`: the process answers. */
const live = async () => json({ status: 'live' });

registerRoute({
  name: 'health-live',
  route: 'health/live',
  kind: 'api',
  methods: { GET: live, HEAD: live },
});

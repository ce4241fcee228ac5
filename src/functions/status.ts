import { type Handler, registerRoute } from '../lib/host/http.ts';
import { html } from '../lib/host/reply.ts';
import { statusPage } from '../lib/http/pages/status-page.ts';
import { htmlPage } from '../lib/openapi/responses.ts';

/** `GET /status`: the page that draws `GET /health/refresh`. */
const status: Handler = async () => html(statusPage());

registerRoute({
  name: 'status',
  route: 'status',
  kind: 'page',
  methods: { GET: status, HEAD: status },
  operations: {
    GET: {
      operationId: 'getStatusPage',
      tag: 'Operation',
      summary: 'The operator’s page',
      security: [],
      responses: { 200: htmlPage('`GET /health/refresh`, drawn.') },
      errors: ['misconfigured'],
    },
  },
});

import { lazy } from '../lib/basics/lazy.ts';
import { registerBareRoute, registeredRoutes } from '../lib/host/http.ts';
import { jsonText } from '../lib/host/reply.ts';
import { openApiDocument } from '../lib/openapi/document.ts';

/** Of all routes. Made when first asked for, when all are registered. */
const document = lazy(async () => JSON.stringify(openApiDocument(registeredRoutes())));

/** `GET /openapi.json`: this description of the app. Needs no settings. */
registerBareRoute({
  name: 'openapi',
  route: 'openapi.json',
  kind: 'api',
  methods: { GET: async () => jsonText(await document()) },
  operations: {
    GET: {
      operationId: 'getOpenApi',
      tag: 'Operation',
      summary: 'This document',
      description: 'OpenAPI 3.1. Needs no settings, and is the same whatever they are.',
      security: [],
      responses: {
        200: {
          description: 'OpenAPI 3.1.',
          content: { 'application/json': { schema: { type: 'object' } } },
        },
      },
      errors: [],
    },
  },
});

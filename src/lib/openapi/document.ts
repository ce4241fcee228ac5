import type {
  Oas3_1Definition,
  Oas3_1Schema,
  Oas3Operation,
  Oas3Paths,
} from '@redocly/openapi-core';
import type { ErrorCode } from '../errors.ts';
import type { RouteKind } from '../http/request-guard.ts';
import { graphParameters } from './graph.ts';
import {
  type DescribedMethod,
  header,
  type Operation,
  type Parameter,
  type Response,
  tags,
} from './operation.ts';
import { codesByStatus, headers, problemOf, problemOrPage, withHeaders } from './responses.ts';
import { schemas } from './schemas/index.ts';
import { securitySchemes } from './security.ts';

/** A route, as far as the document is about it. */
export interface DescribedRoute {
  /** Route template of the Functions host, without a leading slash. */
  route: string;
  /** What of a catch-all route is described. Default: all that the template takes. */
  describedPath?: string;
  kind: RouteKind;
  operations: Readonly<Partial<Record<DescribedMethod, Operation>>>;
}

/** package.json's version. */
export const version = '0.1.0';

const description = `Signs people in with Microsoft Entra ID, keeps their tokens on the server and fresh, and calls Microsoft Graph for them.

- Every error is problem details (RFC 9457) with a \`code\` of a closed set. Where signing in again helps there is a \`loginUrl\`. An API route never redirects: it answers 401.
- Every answer has \`Cache-Control: no-store\` and \`X-Request-Id\`; every 429 and 503 has \`Retry-After\`, in seconds.
- Browsers show a cookie, devices and back ends \`Authorization: Bearer\`. With a cookie, unsafe methods need the header \`X-CSRF: 1\` and must come from this origin. Other sites' pages can fetch nothing.
- Times are ISO 8601 in UTC. A query parameter that is there twice is 400.
- \`HEAD\` is as \`GET\` for \`/\`, \`/status\` and \`/health/…\`; methods that are not described here are 405, paths 404.
- What comes from Graph is described as far as this app knows it: see https://learn.microsoft.com/graph/api/overview.`;

/** The document of all routes. @see https://spec.openapis.org/oas/v3.1.1 */
export function openApiDocument(routes: readonly DescribedRoute[]): Oas3_1Definition {
  const problems = new Problems();
  const paths: Oas3Paths<Oas3_1Schema> = {};
  for (const route of routes) {
    const operations = Object.entries(route.operations).map(([method, operation]) => [
      method.toLowerCase(),
      toOperation(route, method, operation, problems),
    ]);
    paths[pathOf(route)] = Object.fromEntries(operations);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Evergreen',
      version,
      description,
      license: { name: 'MIT', url: 'https://spdx.org/licenses/MIT.html' },
    },
    servers: [{ url: '/', description: 'The origin of this document.' }],
    tags: Object.entries(tags).map(([name, about]) => ({ name, description: about })),
    paths,
    components: {
      schemas,
      responses: problems.responses,
      parameters: graphParameters,
      headers,
      securitySchemes,
    },
  };
}

/** OpenAPI has no parameter that takes slashes: a catch-all one looks like any other there. */
function pathOf({ route, describedPath }: DescribedRoute): string {
  return describedPath ?? `/${route.replace('{*', '{')}`;
}

function toOperation(
  { kind }: DescribedRoute,
  method: string,
  operation: Operation,
  problems: Problems,
): Oas3Operation<Oas3_1Schema> {
  const { operationId, tag, summary, security, requestBody } = operation;
  const guarded = kind !== 'page';
  const codes = [...operation.errors, ...(guarded ? (['csrf_rejected'] as const) : [])];
  const needsMark = method !== 'GET' && security.includes('sessionCookie');
  const ownResponses = Object.fromEntries(
    Object.entries(operation.responses).map(([status, response]) => [
      status,
      withHeaders(status, response),
    ]),
  );
  const parameters = [...(operation.parameters ?? []), ...(needsMark ? [csrfHeader] : [])];
  return {
    operationId,
    tags: [tag],
    summary,
    ...(operation.description && { description: operation.description }),
    security: security.map((name) => ({ [name]: [] })),
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody && { requestBody }),
    responses: { ...problems.of(codes, kind === 'page'), ...ownResponses },
  };
}

const csrfHeader: Parameter = header(
  'X-CSRF',
  'Needed with the session cookie: a page of another site can’t send it.',
  { type: 'string', enum: ['1'] },
);

/** Stands for a response. @see https://spec.openapis.org/oas/v3.1.1#reference-object */
interface Reference {
  $ref: string;
  description?: string;
}

/** Each answer with the same codes is there once, and referred to. */
class Problems {
  readonly responses: Record<string, Response> = {};

  of(more: readonly ErrorCode[], isPage: boolean): Record<string, Reference> {
    const refs: Record<string, Reference> = {};
    for (const [status, codes] of codesByStatus(more)) {
      const name = [...(isPage ? ['page'] : []), status, ...codes].join('.');
      this.responses[name] ??= withHeaders(
        status,
        isPage ? problemOrPage(codes) : problemOf(codes),
      );
      refs[status] = { $ref: `#/components/responses/${name}` };
    }
    return refs;
  }
}

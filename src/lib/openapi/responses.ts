import { type ErrorCode, statusByCode } from '../errors.ts';
import { errors, type Operation, type Response } from './operation.ts';
import type { SchemaName } from './schemas/index.ts';
import { describeCode } from './schemas/problem.ts';
import { object, ref, word } from './schemas/schema.ts';

const html = { 'text/html': { schema: { type: 'string' } } };

/** JSON of one of the document's shared schemas. */
export function jsonOf(name: SchemaName, description: string): Response {
  return { description, content: { 'application/json': { schema: ref(name) } } };
}

export function htmlPage(description: string): Response {
  return { description, content: html };
}

/** A redirect of a browser. */
export function redirectTo(description: string): Response {
  return { description, headers: { Location: header('Location') } };
}

export function empty(description: string): Response {
  return { description };
}

/** A problem that is more than that. */
export function problemOf(name: SchemaName, description: string): Response {
  return { description, content: { 'application/problem+json': { schema: ref(name) } } };
}

/** One of the document's headers. */
export function header(name: keyof typeof headers): { $ref: string } {
  return { $ref: `#/components/headers/${name}` };
}

export const headers = {
  'X-Request-Id': of('Names this request in the app’s log.'),
  'Retry-After': of('Seconds after which asking again makes sense.'),
  Allow: of('The methods that there are.'),
  Location: of('Where the browser goes.'),
  'WWW-Authenticate': of('`Bearer`, to devices and back ends.'),
};

function of(description: string) {
  return { description, schema: { type: 'string' } };
}

const headersByStatus: Readonly<Record<string, keyof typeof headers>> = {
  401: 'WWW-Authenticate',
  405: 'Allow',
  429: 'Retry-After',
  503: 'Retry-After',
};

/** Statuses of Graph's that have codes of their own. All other 4xx are `graph_error`. */
const toldOtherwise = new Set(['401', '403', '404', '429']);

/** The errors of an operation: codes by status, or by `4XX`. */
export function codesByStatus(more: readonly ErrorCode[]): Map<string, ErrorCode[]> {
  const codes = [...new Set([...errors.every, ...more])].sort();
  const byStatus = new Map<string, ErrorCode[]>();
  for (const code of codes.filter((each) => each !== 'graph_error')) {
    const status = String(statusByCode[code]);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  if (!codes.includes('graph_error')) return byStatus;
  for (const [status, others] of byStatus) {
    if (status.startsWith('4') && !toldOtherwise.has(status)) others.push('graph_error');
  }
  return byStatus.set('4XX', ['graph_error']);
}

/** The answer with one of some codes. */
export function problemResponse(
  status: string,
  codes: readonly ErrorCode[],
  { isPage }: { isPage: boolean },
): Response {
  const narrowed = object({ code: word(codes, 'One of these here.') });
  const name = headersByStatus[status];
  return {
    description: codes.map(describeCode).join('\n\n'),
    headers: { 'X-Request-Id': header('X-Request-Id'), ...(name && { [name]: header(name) }) },
    content: {
      'application/problem+json': { schema: { allOf: [ref('Problem'), narrowed] } },
      // For a browser that goes there.
      ...(isPage && html),
    },
  };
}

/** The answers of an operation that are no plain problems, with the header of all. */
export function ownResponses({ responses }: Operation): Record<string, Response> {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => [
      status,
      { ...response, headers: { 'X-Request-Id': header('X-Request-Id'), ...response.headers } },
    ]),
  );
}

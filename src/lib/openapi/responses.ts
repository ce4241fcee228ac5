import { type ErrorCode, problems } from '../errors.ts';
import { errors, type Response } from './operation.ts';
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

export function empty(description: string): Response {
  return { description };
}

export const headers = {
  'X-Request-Id': always('Names this request in the app’s log.'),
  'Retry-After': always('Seconds after which asking again makes sense.'),
  Location: always('Where the browser goes.'),
  Allow: atTimes('The methods that there are. Not with `graph_error`.'),
  'WWW-Authenticate': atTimes('`Bearer`, to devices and back ends.'),
};

function always(description: string) {
  return { ...atTimes(description), required: true };
}

function atTimes(description: string) {
  return { description, schema: { type: 'string' } };
}

const headersByStatus: Readonly<Record<string, keyof typeof headers>> = {
  302: 'Location',
  401: 'WWW-Authenticate',
  405: 'Allow',
  429: 'Retry-After',
  503: 'Retry-After',
};

function headersOf(status: string): NonNullable<Response['headers']> {
  const name = headersByStatus[status];
  return { ...headerNamed('X-Request-Id'), ...(name && headerNamed(name)) };
}

export function headerNamed(name: keyof typeof headers): NonNullable<Response['headers']> {
  return { [name]: { $ref: `#/components/headers/${name}` } };
}

/** Statuses of Graph's that have codes of their own. All other 4xx are `graph_error`. */
const toldOtherwise = new Set(['401', '403', '404', '429']);

/** The errors of an operation: codes by status, or by `4XX`. */
export function codesByStatus(more: readonly ErrorCode[]): Map<string, ErrorCode[]> {
  const codes = [...new Set([...errors.every, ...more])].sort();
  const byStatus = new Map<string, ErrorCode[]>();
  for (const code of codes.filter((each) => each !== 'graph_error')) {
    const status = String(problems[code].status);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  if (!codes.includes('graph_error')) return byStatus;
  for (const [status, others] of byStatus) {
    if (status.startsWith('4') && !toldOtherwise.has(status)) others.push('graph_error');
  }
  return byStatus.set('4XX', ['graph_error']);
}

/** The answer with one of some codes. @param name of a schema that has a problem's members, and more. */
export function problemOf(codes: readonly ErrorCode[], name: SchemaName = 'Problem'): Response {
  const narrowed = object({ code: word(codes, 'One of these here.') });
  return {
    description: codes.map(describeCode).join('\n\n'),
    content: { 'application/problem+json': { schema: { allOf: [ref(name), narrowed] } } },
  };
}

/** A problem, or, to a browser that goes there, a page that says the same. */
export function problemOrPage(codes: readonly ErrorCode[]): Response {
  const problem = problemOf(codes);
  return { ...problem, content: { ...problem.content, ...html } };
}

/** The headers that answers with its status have come with it. */
export function withHeaders(status: string, response: Response): Response {
  return { ...response, headers: { ...headersOf(status), ...response.headers } };
}

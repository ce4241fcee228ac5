import type {
  Oas3_1Schema,
  Oas3Parameter,
  Oas3RequestBody,
  Oas3Response,
  Referenced,
} from '@redocly/openapi-core';
import type { ErrorCode } from '../errors.ts';
import type { SchemaName } from './schemas/index.ts';
import { ref } from './schemas/schema.ts';
import type { SecurityScheme } from './security.ts';

export type Parameter = Oas3Parameter<Oas3_1Schema>;
export type RequestBody = Oas3RequestBody<Oas3_1Schema>;
export type Response = Oas3Response<Oas3_1Schema> & { description: string };

/** Methods that the document describes. `HEAD` is as `GET`, without the body. */
export type DescribedMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What the document says of one method of a route. */
export interface Operation {
  operationId: string;
  tag: Tag;
  summary: string;
  description?: string;
  /** What proves who asks, one of them. Empty: anybody may. */
  security: readonly SecurityScheme[];
  parameters?: readonly Referenced<Parameter>[];
  requestBody?: RequestBody;
  /** Answers that are no errors, by status; and errors that are more than a problem. */
  responses: Readonly<Record<number, Response>>;
  /** Codes of the errors that it can answer, besides {@link errors.every}. */
  errors: readonly ErrorCode[];
}

export const tags = {
  'Sign-in': 'Browsers sign in and out.',
  Graph: 'Microsoft Graph with the user’s token, which stays here.',
  Sessions: 'Sessions of the signed-in user.',
  Devices: 'Sign-in by device code (RFC 8628), for programs without a browser.',
  'Back ends': 'For back ends that act for users who are away.',
  Operation: 'For probes, operators and tools.',
} as const;

export type Tag = keyof typeof tags;

const settings = ['misconfigured', 'temporarily_unavailable'] as const;
const tokens = ['reauth_required', 'bad_gateway'] as const;
const graph = ['forbidden', 'not_found', 'throttled', 'bad_gateway', 'graph_error'] as const;

/** Codes that go together. */
export const errors = {
  /** What is too long or comes twice, and faults of the app. */
  every: ['invalid_request', 'internal'],
  /** Where settings are needed, or anybody else's answer. */
  settings,
  session: ['unauthenticated', ...settings],
  tokens,
  graph: ['consent_required', 'reauth_required', ...graph],
  backEnd: ['unauthenticated', 'forbidden', 'not_found', 'user_action_required', ...settings],
  graphForBackEnd: graph,
} as const satisfies Record<string, readonly ErrorCode[]>;

export function path(name: string, description: string): Parameter {
  return { name, in: 'path', required: true, schema: { type: 'string' }, description };
}

export function query(
  name: string,
  description: string,
  schema: Oas3_1Schema = { type: 'string' },
): Parameter {
  return { name, in: 'query', schema, description };
}

export function header(
  name: string,
  description: string,
  schema: Oas3_1Schema = { type: 'string' },
): Parameter {
  return { name, in: 'header', schema, description };
}

/** JSON of one of the document's shared schemas. */
export function bodyOf(name: SchemaName): RequestBody {
  return { required: true, content: { 'application/json': { schema: ref(name) } } };
}

import type { Oas3_1Schema } from '@redocly/openapi-core';

/** JSON Schema, draft 2020-12, as OpenAPI 3.1 has it. */
export type Schema = Oas3_1Schema;

type Properties = Record<string, Schema>;

/** An object with properties that are always there, and others that need not be. */
export function object(always: Properties, sometimes: Properties = {}): Schema {
  return {
    type: 'object',
    required: Object.keys(always),
    properties: { ...always, ...sometimes },
  };
}

export function list(items: Schema, description: string): Schema {
  return { type: 'array', items, description };
}

export function text(description: string): Schema {
  return { type: 'string', description };
}

/** One of some words. */
export function word(words: readonly string[], description: string): Schema {
  return { type: 'string', enum: [...words], description };
}

/** ISO 8601 in UTC. */
export function time(description: string): Schema {
  return { type: 'string', format: 'date-time', description };
}

export function url(description: string): Schema {
  return { type: 'string', format: 'uri', description };
}

/** A whole number that is not negative. */
export function count(description: string): Schema {
  return { type: 'integer', minimum: 0, description };
}

export function orNull(schema: Schema): Schema {
  return { ...schema, type: [String(schema.type), 'null'] };
}

/** One of the document's shared schemas. */
export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

import { queryOptions } from '../graph/query.ts';
import type { graphMethods } from '../graph/routes.ts';
import {
  header,
  type Operation,
  type Parameter,
  path,
  query,
  type RequestBody,
} from './operation.ts';
import { empty, jsonOf } from './responses.ts';

const passedOn = 'Passed on to Graph.';

/** Those of all Graph operations. Names of components have no `$`. */
export const graphParameters: Readonly<Record<string, Parameter>> = {
  path: path(
    'path',
    'Path at Graph v1.0, such as `me/messages`. It has slashes, sent as they are. OpenAPI can’t say so: a client made from this document may encode them, and that is 404.',
  ),
  ...Object.fromEntries(
    queryOptions.map((name) => [
      name.replace('$', ''),
      query(name, 'As Graph has it. Options that are not described here are 400.'),
    ]),
  ),
  Prefer: header('Prefer', passedOn),
  ConsistencyLevel: header('ConsistencyLevel', passedOn),
  'If-Match': header('If-Match', passedOn),
  'If-None-Match': header('If-None-Match', passedOn),
  Range: header('Range', 'Passed on to Graph: a part of a file.'),
};

const parameterRefs = Object.keys(graphParameters).map((name) => ({
  $ref: `#/components/parameters/${name}`,
}));

const file: RequestBody['content'] = { '*/*': { schema: { type: 'string', format: 'binary' } } };

const object = jsonOf('GraphObject', 'Graph’s answer; with another type of content, a file.');
const read: Operation['responses'] = {
  200: { ...object, content: { ...object.content, ...file } },
  204: empty('Graph has nothing to say.'),
  206: { description: 'A part of a file.', content: file },
  304: empty('It is as `If-None-Match` says.'),
};

const written: Operation['responses'] = {
  200: jsonOf('GraphObject', 'Graph’s answer.'),
  201: jsonOf('GraphObject', 'What Graph has made.'),
  202: empty('Graph will do it.'),
  204: empty('Graph has done it.'),
};

const requestBody: RequestBody = {
  description: 'Passed on to Graph, with its type. 4 MiB at most.',
  content: {
    'application/json': { schema: { type: 'object', additionalProperties: true } },
    ...file,
  },
};

type GraphMethod = (typeof graphMethods)[number];

const summaries: Readonly<Record<GraphMethod, string>> = {
  GET: 'Read a resource of Graph',
  POST: 'Create a resource of Graph, or have Graph do something',
  PUT: 'Replace a resource of Graph',
  PATCH: 'Change a resource of Graph',
  DELETE: 'Delete a resource of Graph',
};

/** Every method that the list of Graph's routes can name, all described alike. */
export function graphOperations(
  name: string,
  {
    parameters = [],
    ...common
  }: Pick<Operation, 'description' | 'tag' | 'security' | 'parameters' | 'errors'>,
): Record<GraphMethod, Operation> {
  const describe = (method: GraphMethod): Operation => ({
    operationId: `${method.toLowerCase()}${name}`,
    summary: summaries[method],
    ...common,
    parameters: [...parameters, ...parameterRefs],
    ...(method !== 'GET' && method !== 'DELETE' && { requestBody }),
    responses: method === 'GET' ? read : written,
  });
  return {
    GET: describe('GET'),
    POST: describe('POST'),
    PUT: describe('PUT'),
    PATCH: describe('PATCH'),
    DELETE: describe('DELETE'),
  };
}

import { mismatches, resolved, type Schema } from './answer-schemas.ts';

/** An operation of the OpenAPI document. */
export interface DocumentedOperation {
  id: string;
  method: string;
  path: string;
  /** Codes of the errors that it is said to answer. */
  codes: ReadonlySet<string>;
  /** Statuses that are no errors. */
  successes: readonly string[];
}

/** Holds each answer to `fetch` from an app against the document. */
export interface ApiContract {
  operations: readonly DocumentedOperation[];
  /** What is not as it is said to be, in words. */
  breaches: readonly string[];
  /** What operations have answered: statuses of successes, codes of errors. */
  answers: ReadonlyMap<string, ReadonlySet<string>>;
  stop(): void;
}

interface Documented extends DocumentedOperation {
  pattern: RegExp;
  responses: Record<string, DocumentedResponse>;
}

type PathItem = Record<
  string,
  { operationId: string; responses: Record<string, DocumentedResponse> }
>;

interface DocumentedResponse {
  headers?: Record<string, { required?: boolean }>;
  content?: Record<string, { schema: Schema }>;
}

export function watchAnswers(document: object, origins: readonly string[]): ApiContract {
  const operations = operationsOf(document);
  const breaches: string[] = [];
  const answers = new Map<string, Set<string>>(operations.map(({ id }) => [id, new Set()]));
  const original = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const response = await original(input, init);
    const { origin, pathname } = new URL(input instanceof Request ? input.url : input);
    const method = init?.method ?? (input instanceof Request ? input.method : 'GET');
    const operation = operations.find(
      (each) => each.method === method && each.pattern.test(pathname),
    );
    if (!origins.includes(origin) || !operation) return response;
    const text = await response.clone().text();
    const where = `${operation.id} ${response.status}`;
    breaches.push(...breachesOf(operation, response, text).map((breach) => `${where}: ${breach}`));
    const isError = response.status >= 400;
    const answer = isError ? /"code":"(\w+)"/.exec(text)?.[1] : String(response.status);
    if (answer) answers.get(operation.id)?.add(answer);
    return response;
  };
  return {
    operations,
    breaches,
    answers,
    stop() {
      globalThis.fetch = original;
    },
  };
}

function breachesOf({ responses }: Documented, answer: Response, text: string): string[] {
  const is4xx = answer.status >= 400 && answer.status < 500;
  const documented = responses[answer.status] ?? (is4xx ? responses['4XX'] : undefined);
  if (!documented) return ['the status is not documented'];
  const missing = Object.entries(documented.headers ?? {}).flatMap(([name, { required }]) =>
    required && !answer.headers.has(name) ? [`there is no ${name}`] : [],
  );
  return [...missing, ...contentBreaches(documented, answer, text)];
}

function contentBreaches(
  { content = {} }: DocumentedResponse,
  answer: Response,
  text: string,
): string[] {
  const [type = ''] = (answer.headers.get('content-type') ?? '').split(';');
  if (Object.keys(content).length === 0) return text === '' ? [] : ['there is a body'];
  const described = content[type] ?? content['*/*'];
  if (!described) return [`${type || 'no type'} is not documented`];
  return type.endsWith('json') ? mismatches(described.schema, JSON.parse(text)) : [];
}

function operationsOf(document: object): Documented[] {
  const { paths } = resolved(document, document) as { paths: Record<string, PathItem> };
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { operationId, responses }]) => ({
      id: operationId,
      method: method.toUpperCase(),
      path,
      pattern: patternOf(path),
      codes: new Set(Object.values(responses).flatMap(codesOf)),
      successes: Object.keys(responses).filter((status) => /^[23]/.test(status)),
      responses,
    })),
  );
}

/** Of a response: those that it narrows a problem’s to. */
function codesOf({ content = {} }: DocumentedResponse): string[] {
  const { allOf = [] } = content['application/problem+json']?.schema ?? {};
  return allOf.at(-1)?.properties?.['code']?.enum ?? [];
}

/** `path` takes slashes. */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace('{path}', '.+').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}

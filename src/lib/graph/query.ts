import { AppError } from '../errors.ts';

/**
 * Query options that Graph is asked with. `$deltatoken` is in the links that Graph gives;
 * `changeType` is for the changes of mail.
 *
 * @see https://learn.microsoft.com/graph/query-parameters
 */
export const queryOptions: readonly string[] = [
  '$select',
  '$top',
  '$filter',
  '$search',
  '$orderby',
  '$expand',
  '$count',
  '$skip',
  '$skiptoken',
  '$deltatoken',
  'changeType',
  'startDateTime',
  'endDateTime',
];

const options = new Set(queryOptions);

/**
 * The query for Graph, encoded anew, with its `?`; empty if there is none.
 *
 * @throws AppError `invalid_request` for an option that is unknown or there twice.
 */
export function graphQuery(given: URLSearchParams): string {
  const names = [...given.keys()];
  const unknown = names.find((name) => !options.has(name));
  if (unknown !== undefined) {
    throw new AppError('invalid_request', {
      detail: `A query option is not known. These are: ${[...options].join(', ')}.`,
    });
  }
  if (new Set(names).size < names.length) {
    throw new AppError('invalid_request', { detail: 'A query option is there more than once.' });
  }
  return encode([...given]);
}

/** The query of a link that Graph gives, its options spelled as callers have to. */
export function graphLinkQuery(given: URLSearchParams): string {
  const spelling = new Map([...options].map((name) => [name.toLowerCase(), name]));
  return encode(
    [...given].map(([name, value]) => [spelling.get(name.toLowerCase()) ?? name, value]),
  );
}

function encode(pairs: readonly (readonly [string, string])[]): string {
  const parts = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return parts.length > 0 ? `?${parts.join('&')}` : '';
}

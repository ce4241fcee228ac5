import type { StandInUser } from '../identity-provider/users.ts';
import { type GraphError, insufficientPrivileges, unknownProperty } from './graph-error.ts';

export interface RouteInput {
  /** The Graph stand-in's own origin, for `@odata.context`. */
  readonly origin: string;
  readonly user: StandInUser;
  readonly scopes: ReadonlySet<string>;
  readonly query: URLSearchParams;
}

export type RouteOutput = { readonly body: object } | { readonly error: GraphError };

/** One resource; a new one is a new row in {@link routes}. */
export interface Route {
  readonly method: string;
  readonly path: string;
  /** Delegated permissions, any of which suffices. */
  readonly scopes: readonly string[];
  answer(input: RouteInput): RouteOutput;
}

export const routes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1.0/me',
    scopes: ['User.Read', 'User.ReadWrite', 'User.ReadBasic.All', 'User.Read.All'],
    answer: me,
  },
];

export function answerRoute(route: Route, input: RouteInput): RouteOutput {
  const allowed = route.scopes.some((scope) => input.scopes.has(scope));
  return allowed ? route.answer(input) : { error: insufficientPrivileges };
}

/** @see https://learn.microsoft.com/graph/api/user-get */
function me({ origin, user, query }: RouteInput): RouteOutput {
  const resource = userResource(user);
  const context = `${origin}/v1.0/$metadata#users`;
  const select = query.get('$select');
  if (!select)
    return { body: { '@odata.context': `${context}/$entity`, ...Object.fromEntries(resource) } };
  const names = select.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !resource.has(name));
  if (unknown !== undefined) return { error: unknownProperty(unknown) };
  return {
    body: {
      '@odata.context': `${context}(${names.join(',')})/$entity`,
      ...Object.fromEntries(names.map((name) => [name, resource.get(name)])),
    },
  };
}

function userResource(user: StandInUser): Map<string, unknown> {
  return new Map<string, unknown>([
    ['businessPhones', user.businessPhones],
    ['displayName', user.name],
    ['givenName', user.givenName],
    ['jobTitle', user.jobTitle],
    ['mail', user.mail],
    ['mobilePhone', user.mobilePhone],
    ['officeLocation', user.officeLocation],
    ['preferredLanguage', user.preferredLanguage],
    ['surname', user.surname],
    ['userPrincipalName', user.username],
    ['id', user.oid],
  ]);
}

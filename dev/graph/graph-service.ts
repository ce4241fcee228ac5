import type { IncomingHttpHeaders } from 'node:http';
import type { StandInUser } from '../identity-provider/users.ts';
import type { TokenIssuer, Verified } from './access-token.ts';
import type { ClaimsChallenges } from './claims-challenges.ts';
import type { Downloads } from './downloads.ts';
import {
  errorAnswer,
  type GraphAnswer,
  invalidTokenChallenge,
  withGraphHeaders,
} from './graph-answer.ts';
import {
  type GraphError,
  GraphFailure,
  type GraphRequestIds,
  invalidToken,
  requestTooLarge,
  userNotFound,
} from './graph-error.ts';
import type { RejectedTokens } from './rejected-tokens.ts';
import type { RequestBody } from './request-body.ts';
import type { Reply } from './route.ts';
import { findRoute } from './routes.ts';
import { UserDataSets } from './user-data.ts';

export interface GraphServiceOptions {
  readonly identityProvider: TokenIssuer & { readonly users: readonly StandInUser[] };
  readonly challenges: ClaimsChallenges;
  readonly rejected: RejectedTokens;
  readonly downloads: Downloads;
}

export interface GraphRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: RequestBody;
  readonly verified: Verified;
  readonly ids: GraphRequestIds;
}

/** Answers what is below `/v1.0`. */
export interface GraphService {
  answer(request: GraphRequest): GraphAnswer;
}

export function newGraphService(options: GraphServiceOptions): GraphService {
  const { identityProvider, challenges, rejected, downloads } = options;
  const { users, tenantId } = identityProvider;
  const byOid = new Map(users.map((user) => [user.oid, user]));
  const dataSets = new UserDataSets(users);

  function answer(request: GraphRequest): GraphAnswer {
    const { verified, ids } = request;
    const refuse = (error: GraphError, challenge = invalidTokenChallenge(tenantId)) =>
      withGraphHeaders(errorAnswer(error, ids, challenge), ids);
    if ('refusal' in verified) return refuse(verified.refusal);
    if (rejected.has(verified.caller)) return refuse(invalidToken);
    const challenge = challenges.challenge(verified.caller);
    if (challenge) return refuse(challenge.error, challenge.header);
    try {
      const { status = 200, headers = {}, ...rest } = reply(request, verified.caller);
      return withGraphHeaders({ ...rest, status, headers }, ids);
    } catch (error) {
      if (error instanceof GraphFailure) return refuse(error.error);
      throw error;
    }
  }

  /** @throws {GraphFailure} */
  function reply(
    { method, url, headers, body }: GraphRequest,
    caller: { readonly userOid: string; readonly scopes: ReadonlySet<string> },
  ): Reply {
    const match = findRoute(method, url.pathname);
    if ('error' in match) throw new GraphFailure(match.error);
    const user = byOid.get(caller.userOid);
    if (!user) throw new GraphFailure(userNotFound);
    const { route, id } = match;
    const allowed = route.scopes.some((scope) => caller.scopes.has(scope));
    if (!allowed) throw new GraphFailure(route.denied);
    if (body.tooLarge) throw new GraphFailure(requestTooLarge);
    const data = dataSets.of(user);
    return route.answer({ url, id, headers, body: body.content, user, users, data, downloads });
  }

  return { answer };
}

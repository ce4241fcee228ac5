import type { GraphAnswer, GraphClient, GraphRequest } from '../auth/graph/ports.ts';
import type { Clock } from '../auth/ports.ts';
import { parseObject } from '../basics/json-object.ts';
import { AppError } from '../errors.ts';
import {
  OutboundError,
  type OutboundFile,
  type OutboundRequest,
} from '../http/outbound-request.ts';
import { parseClaimsChallenge } from './challenge.ts';
import { downloadUrl } from './download.ts';
import { badAnswer, toGraphError } from './errors.ts';
import { fileAnswer, isAnswer, isEmpty, keptHeaders } from './graph-answer.ts';
import { rewriteLinks } from './links.ts';
import { graphQuery } from './query.ts';
import { findGraphRoute, type GraphRoute, isFileTemplate } from './routes.ts';

/** Milliseconds for one call at most, a retry or a download included. */
const longestCallMs = 8_000;
/** Milliseconds without which none is begun. */
const shortestCallMs = 250;
const maxJsonBytes = 4 * 1024 * 1024;
/** Larger files can be had in parts, with `Range`. */
const maxFileBytes = 16 * 1024 * 1024;

export interface GraphClientOptions {
  baseUrl: string;
  routes: readonly GraphRoute[];
  send: (request: OutboundRequest) => Promise<OutboundFile>;
  now: Clock;
}

/** Microsoft Graph v1.0 over an injected sender. */
export function createGraphClient({ baseUrl, routes, send, now }: GraphClientOptions): GraphClient {
  const graphUrl = `${baseUrl}/v1.0`;

  async function ask(request: OutboundRequest): Promise<OutboundFile> {
    try {
      return await send(request);
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      throw error.kind === 'too-large'
        ? new AppError('bad_gateway', { detail: tooLarge }, error)
        : new AppError('temporarily_unavailable', { detail: noAnswer(request) }, error);
    }
  }

  /** @throws AppError if it is too late to begin anything. */
  function timeUntil(until: number): number {
    const ms = until - now();
    if (ms >= shortestCallMs) return ms;
    throw new AppError('temporarily_unavailable', { detail: 'It took too long to get to Graph.' });
  }

  /** Files are somewhere else, at an address that is good for a while for whoever has it. */
  async function download(
    redirect: OutboundFile,
    request: GraphRequest,
    until: number,
  ): Promise<OutboundFile> {
    const url = downloadUrl(redirect.headers['location'], baseUrl);
    if (url === undefined) throw badAnswer(redirect);
    const range = request.headers['range'];
    return ask({
      method: 'GET',
      url,
      headers: range === undefined ? {} : { range },
      deadlineMs: timeUntil(until),
      maxBytes: maxFileBytes,
    });
  }

  return {
    resolve(method, path, query) {
      const found = findGraphRoute(routes, method, path);
      const { scopes, template } = found.route;
      // What changes a file is answered with JSON about it.
      const isFile = method === 'GET' && isFileTemplate(template);
      return { path: found.path, query: graphQuery(query), scopes, isFile };
    },

    async call(accessToken, request) {
      const { method, path, query, body, isFile } = request;
      const until = Math.min(request.until, now() + longestCallMs);
      const answered = await ask({
        method,
        url: `${graphUrl}${path}${query}`,
        headers: {
          accept: isFile ? '*/*' : 'application/json',
          ...request.headers,
          authorization: `Bearer ${accessToken}`,
          'client-request-id': request.requestId,
          traceparent: request.traceparent,
        },
        ...(body && { body }),
        deadlineMs: timeUntil(until),
        maxBytes: isFile ? maxFileBytes : maxJsonBytes,
      });
      const isElsewhere = isFile && answered.status === 302;
      const response = isElsewhere ? await download(answered, request, until) : answered;
      if (answered.status === 401) {
        const challenge = parseClaimsChallenge(answered.headers['www-authenticate']);
        if (challenge) throw challenge;
      }
      // Where the file is nobody knows our user: it is no matter of their sign-in or consent.
      if (isElsewhere && [401, 403].includes(response.status)) throw badAnswer(answered);
      if (!isAnswer(response.status)) throw toGraphError(response, now());
      return isFile ? fileAnswer(response) : jsonAnswer(response, request);
    },
  };

  function jsonAnswer(response: OutboundFile, { method, ownUrl, oid }: GraphRequest): GraphAnswer {
    const isDone = method !== 'GET' && response.bytes.length === 0;
    if (isDone || isEmpty(response))
      return { status: response.status, headers: keptHeaders(response), body: '' };
    const isJson = /^application\/json\b/i.test(response.headers['content-type'] ?? '');
    const json = isJson && parseObject(response.body) ? response.body : undefined;
    if (json === undefined) throw badAnswer(response);
    const body = rewriteLinks(json, { graphUrl, ownUrl, routes, oid });
    if (body === undefined) {
      throw badAnswer(response, 'Microsoft Graph’s link to more leads outside this app’s list.');
    }
    return {
      status: response.status,
      headers: { ...keptHeaders(response), 'content-type': 'application/json; charset=utf-8' },
      body,
    };
  }
}

/** What was to be changed may be changed: nobody knows. */
function noAnswer({ method }: OutboundRequest): string {
  return method === 'GET'
    ? 'Microsoft Graph did not answer.'
    : 'Microsoft Graph did not answer. It may have done this: look before you ask again.';
}

const tooLarge = 'Microsoft Graph’s answer is too large. Ask for less: $top, $select or Range.';

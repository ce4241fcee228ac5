import type { GraphAnswer, GraphClient, GraphRequest } from '../auth/graph/ports.ts';
import type { Clock } from '../auth/ports.ts';
import { AppError } from '../errors.ts';
import {
  OutboundError,
  type OutboundFile,
  type OutboundRequest,
} from '../http/outbound-request.ts';
import { parseObject } from '../json-object.ts';
import { parseClaimsChallenge } from './challenge.ts';
import { downloadUrl } from './download.ts';
import { badAnswer, toGraphError } from './errors.ts';
import { rewriteLinks } from './links.ts';
import { graphQuery } from './query.ts';
import { findGraphRoute, type GraphRoute, isFileTemplate } from './routes.ts';

/** Milliseconds for one call, a retry or a download included. */
const deadlineMs = 8_000;
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
        : new AppError(
            'temporarily_unavailable',
            { detail: 'Microsoft Graph did not answer.' },
            error,
          );
    }
  }

  /** Files are somewhere else, at an address that is good for a while for whoever has it. */
  async function download(
    redirect: OutboundFile,
    request: GraphRequest,
    remainingMs: number,
  ): Promise<OutboundFile> {
    const url = downloadUrl(redirect.headers['location'], baseUrl);
    if (url === undefined || remainingMs <= 0) throw badAnswer(redirect);
    const range = request.headers['range'];
    return ask({
      method: 'GET',
      url,
      headers: range === undefined ? {} : { range },
      deadlineMs: remainingMs,
      maxBytes: maxFileBytes,
    });
  }

  return {
    resolve(method, path, query) {
      const found = findGraphRoute(routes, method, path);
      const { scopes, template } = found.route;
      const isFile = isFileTemplate(template);
      return { path: found.path, query: graphQuery(query), scopes, isFile };
    },

    async call(accessToken, request) {
      const { method, path, query, body, isFile } = request;
      const startedAt = now();
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
        deadlineMs,
        maxBytes: isFile ? maxFileBytes : maxJsonBytes,
      });
      const isElsewhere = isFile && answered.status === 302;
      const response = isElsewhere
        ? await download(answered, request, deadlineMs - (now() - startedAt))
        : answered;
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
      return { status: response.status, headers: kept(response), body: '' };
    const isJson = (response.headers['content-type'] ?? '').startsWith('application/json');
    const json = isJson && parseObject(response.body) ? response.body : undefined;
    if (json === undefined) throw badAnswer(response);
    const body = rewriteLinks(json, { graphUrl, ownUrl, routes, oid });
    if (body === undefined) {
      throw badAnswer(response, 'Microsoft Graph’s link to more leads outside this app’s list.');
    }
    return {
      status: response.status,
      headers: { ...kept(response), 'content-type': 'application/json; charset=utf-8' },
      body,
    };
  }
}

const tooLarge = 'Microsoft Graph’s answer is too large. Ask for less: $top, $select or Range.';

function isAnswer(status: number): boolean {
  return [200, 201, 202, 204, 206, 304].includes(status);
}

function isEmpty({ status }: OutboundFile): boolean {
  return status === 204 || status === 304;
}

/** A file is data: no browser shows or runs it as a page of ours. */
function fileAnswer(response: OutboundFile): GraphAnswer {
  const type = response.headers['content-type'] ?? '';
  return {
    status: response.status,
    headers: {
      ...kept(response),
      'content-type': /^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : 'application/octet-stream',
      'content-disposition': 'attachment',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
    },
    body: isEmpty(response) ? '' : response.bytes,
  };
}

/** What callers need besides the body. All else that Graph says stays here. */
const keptHeaders = [
  'accept-ranges',
  'content-range',
  'etag',
  'last-modified',
  'preference-applied',
];

function kept({ headers }: OutboundFile): Record<string, string> {
  return Object.fromEntries(
    keptHeaders.flatMap((name) => {
      const value = headers[name];
      return value !== undefined && /^[\x20-\x7e]{1,512}$/.test(value) ? [[name, value]] : [];
    }),
  );
}

import type { IncomingHttpHeaders } from 'node:http';
import type { StandInUser } from '../identity-provider/users.ts';
import type { Downloads } from './downloads.ts';
import { type GraphError, GraphFailure, invalidRequest } from './graph-error.ts';
import type { UserData } from './user-data.ts';

/** One request of an authorized user to one resource. */
export interface RouteInput {
  /** Of the request, on the Graph stand-in's own origin. */
  readonly url: URL;
  /** What stands for `{id}` in the route's path; empty for a path without. */
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly user: StandInUser;
  /** Everyone in the directory. */
  readonly users: readonly StandInUser[];
  readonly data: UserData;
  readonly downloads: Downloads;
}

/** What a route answers; 200 and no body unless it says otherwise. */
export interface Reply {
  readonly status?: number;
  /** Sent as JSON. */
  readonly body?: object;
  /** Sent as it is, instead of `body`; its type and length are in `headers`. */
  readonly content?: Iterable<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One resource and method; a new one is a new row in the table of its file. */
export interface Route {
  readonly method: string;
  /** Below `/v1.0`; `{id}` stands for one segment. */
  readonly path: string;
  /** Delegated permissions, any of which suffices. */
  readonly scopes: readonly string[];
  /** The answer to a token that has none of them. */
  readonly denied: GraphError;
  /** @throws {GraphFailure} */
  answer(input: RouteInput): Reply;
}

/** @throws {GraphFailure} 400 unless the body is a JSON object */
export function jsonBody({ body }: RouteInput): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (isRecord(value)) return value;
  } catch {
    // Not JSON: said below.
  }
  throw new GraphFailure(invalidRequest('Unable to read JSON request payload.'));
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the core needs of Microsoft Graph. */

/** A request that Graph shall be asked on a user's behalf. */
export interface GraphRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below Graph's version, from {@link GraphClient.resolve}. */
  path: string;
  /** With its `?`, or empty. */
  query: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: Uint8Array | undefined;
  isFile: boolean;
  /** Where links to more results shall lead: our address of Graph's root. */
  ownUrl: string;
  /** The user. */
  oid: string;
  requestId: string;
  /** @see https://www.w3.org/TR/trace-context/#traceparent-header */
  traceparent: string;
  /** Milliseconds since the epoch at which the caller stops waiting. */
  until: number;
}

/** A 2xx or 304 of Graph's, with the headers that callers may see. */
export interface GraphAnswer {
  status: number;
  headers: Record<string, string>;
  body: string | Uint8Array;
}

export interface GraphClient {
  /**
   * What a path is on the list of what callers may ask for.
   *
   * @param path as it came, percent-encoded.
   * @throws AppError `not_found`, `method_not_allowed`; `invalid_request` for the query.
   */
  resolve(
    method: string,
    path: string,
    query: URLSearchParams,
  ): Pick<GraphRequest, 'path' | 'query' | 'isFile'> & { scopes: readonly string[] };
  /** @throws AppError for every other answer; ClaimsChallenge. */
  call(accessToken: string, request: GraphRequest): Promise<GraphAnswer>;
}

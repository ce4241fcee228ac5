import type { IncomingHttpHeaders } from 'node:http';

/** One request; never its token. */
export interface GraphCall {
  /** ISO 8601, when the request arrived. */
  readonly at: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** As it came, with its `?`; empty without one. */
  readonly query: string;
  /** All but `authorization`, by their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether there was an `Authorization` header, whatever it held. */
  readonly authorized: boolean;
  /** Length of the body. */
  readonly bodyBytes: number;
  readonly userOid?: string;
  /** 0 when the connection was cut. */
  readonly status: number;
}

const kept = 10_000;

/** The last 10,000 calls, oldest first. */
export class GraphCallLog {
  readonly calls: GraphCall[] = [];

  add(call: GraphCall): void {
    this.calls.push(call);
    if (this.calls.length > kept) this.calls.shift();
  }
}

export function recordedHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const entries = Object.entries(headers)
    .filter(([name, value]) => name !== 'authorization' && value !== undefined)
    .map(([name, value]) => [name, [value].flat().join(', ')]);
  return Object.fromEntries(entries);
}

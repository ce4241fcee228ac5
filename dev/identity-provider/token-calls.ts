/** One request to the token endpoint, without any token, code or secret. */
export interface TokenCall {
  /** ISO 8601, when the request arrived. */
  readonly at: string;
  readonly grantType: string;
  readonly userOid?: string;
  /** As requested. */
  readonly scopes?: readonly string[];
  /** The form's `claims`, as it came. */
  readonly claims?: string;
  /** 0 when the connection was cut. */
  readonly status: number;
  readonly error?: string;
  /** The `client-request-id` of the request, else ours; it is the answer's correlation id. */
  readonly requestId: string;
}

const kept = 10_000;

/** The last 10,000 calls, oldest first. */
export class TokenCallLog {
  readonly #calls: TokenCall[] = [];
  readonly #listener: ((call: TokenCall) => void) | undefined;

  constructor(listener: ((call: TokenCall) => void) | undefined) {
    this.#listener = listener;
  }

  get calls(): readonly TokenCall[] {
    return this.#calls;
  }

  add(call: TokenCall): void {
    this.#calls.push(call);
    if (this.#calls.length > kept) this.#calls.shift();
    this.#listener?.(call);
  }
}

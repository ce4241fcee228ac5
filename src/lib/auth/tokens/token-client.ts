/** The identity provider's authorization and token endpoints, as the core needs them. */
import type { AccessToken, TokenStore } from '../ports.ts';
import type { Flow, UserHash } from '../user.ts';

/** What the authorization endpoint is asked. */
export interface AuthorizationRequest {
  state: string;
  nonce: string;
  codeChallenge: string;
  scopes: readonly string[];
  claims?: string | undefined;
  loginHint?: string | undefined;
  domainHint?: string | undefined;
  prompt?: string | undefined;
}

/** Tokens as the token endpoint issued them. */
export interface IssuedTokens {
  cache: string;
  accessToken: AccessToken;
  scopes: readonly string[];
}

/** What the device authorization endpoint answers. @see RFC 8628 section 3.2 */
export interface DeviceAuthorization {
  /** A secret of ours and the identity provider's. */
  deviceCode: string;
  /** What the user enters at {@link verificationUri}. */
  userCode: string;
  verificationUri: string;
  /** Seconds. */
  expiresIn: number;
  /** Seconds between polls. */
  interval: number;
}

/** A place for refreshed tokens: one user's record. */
export interface TokenSlot {
  user: UserHash;
  flow: Flow;
  /** The tenant that issues the tokens: a guest's is not the one that they come from. Empty: not known. */
  tenantId: string;
  read(): Promise<{ cache: string; version: string } | undefined>;
  /** @throws ConflictError, GoneError as {@link TokenStore.update}. */
  write(tokens: IssuedTokens, version: string): Promise<string>;
}

/**
 * The identity provider's authorization and token endpoints.
 *
 * @throws from {@link redeem} and {@link refresh} TokenError if no tokens were issued, and AppError
 *   `bad_gateway` if the answer was not acceptable; from every method AppError `misconfigured` or
 *   `temporarily_unavailable` if the app's own credential can't be used.
 */
export interface TokenClient {
  authorizationUrl(request: AuthorizationRequest): Promise<string>;
  /** Redeems an authorization code. Stores nothing. */
  redeem(request: {
    code: string;
    codeVerifier: string;
    nonce: string;
    scopes: readonly string[];
    claims?: string | undefined;
  }): Promise<IssuedTokens & { idToken: string }>;
  /**
   * Uses the slot's refresh token and writes what comes.
   *
   * @param claims JSON that a claims challenge asked for.
   */
  refresh(slot: TokenSlot, scopes: readonly string[], claims?: string): Promise<IssuedTokens>;
  /** Starts a device authorization. @throws as {@link redeem}. */
  startDevice(scopes: readonly string[]): Promise<DeviceAuthorization>;
  /**
   * Asks once for the tokens of a device authorization. Stores nothing.
   *
   * @throws as {@link redeem}; TokenError with `authorization_pending` and the other errors of RFC
   *   8628 section 3.5.
   */
  pollDevice(
    authorization: DeviceAuthorization,
    scopes: readonly string[],
  ): Promise<IssuedTokens & { idToken: string }>;
  /**
   * Where the browser ends its session at the identity provider.
   *
   * @param loginHint of the ID token: who is leaving.
   */
  endSessionUrl(loginHint?: string): string;
  /** @throws AppError if the app's own credential can't be used. */
  check(): Promise<void>;
}

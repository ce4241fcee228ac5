import type { JWK } from 'jose';
import { listenOnLoopback } from '../loopback-servers.ts';
import { type AppTokenSigning, appTokenClaims, signAppToken } from './app-token.ts';
import { type BackEnd, type BackEndOptions, backEndsOf, nightlyJobClientId } from './back-ends.ts';
import { accountIdOf } from './claims.ts';
import { newDirectory } from './directory.ts';
import { endpointPaths, issuerOf, openidMetadata, withTenant } from './endpoints.ts';
import { Faults } from './faults.ts';
import { openPersistence } from './persistence.ts';
import { newRequestHandler, type RequestHandler } from './request-handler.ts';
import { type TokenCall, TokenCallLog } from './token-calls.ts';
import { type StandInUser, seededUsers } from './users.ts';

export interface IdentityProviderOptions {
  /** 0 or absent: any free one. */
  readonly port?: number;
  /**
   * JSON file that keeps keys, client secret, sessions, grants and refresh tokens between runs.
   * Absent: memory only.
   */
  readonly dataFile?: string;
  /** Default: the seeded users. */
  readonly users?: readonly StandInUser[];
  readonly tenantId?: string;
  /** Where sign-ins of the web client may return to, compared exactly. */
  readonly redirectUris: readonly string[];
  /** Default 3600. */
  readonly accessTokenSeconds?: number;
  /** Adds `refresh_in` to token answers. Default: none. */
  readonly refreshInSeconds?: number;
  /** The `interval` of the device flow; told, not enforced. Default 5. */
  readonly deviceIntervalSeconds?: number;
  /**
   * `entra` (default): a used refresh token stays valid, and a new one is issued. `strict`: a used
   * one is invalid, and using it again revokes the grant, hence the newer ones too.
   */
  readonly refreshTokenRotation?: 'entra' | 'strict';
  /** Services that get tokens for the application. Default: "Nightly job" with its role. */
  readonly backEnds?: readonly BackEndOptions[];
  readonly onTokenCall?: (call: TokenCall) => void;
}

/** The laptop's stand-in for Microsoft Entra ID, running. */
export interface IdentityProvider {
  /** `http://localhost:PORT` */
  readonly origin: string;
  readonly issuer: string;
  readonly tenantId: string;
  /** The web application: confidential, with a secret. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** The public client for device codes. */
  readonly deviceClientId: string;
  readonly backEnds: readonly BackEnd[];
  readonly tokenEndpoint: string;
  readonly users: readonly StandInUser[];
  /** The application's settings that make it use this provider. */
  settings(): Record<string, string>;
  /** The last 10,000 requests to the token endpoint, oldest first. */
  readonly tokenCalls: readonly TokenCall[];
  /** Lifetime of access tokens issued from now on. */
  accessTokenSeconds: number;
  refreshInSeconds: number | undefined;
  readonly faults: Faults;
  /** Public keys, by which a resource verifies access tokens. */
  jwks(): { keys: JWK[] };
  /** How often the published keys have been fetched. */
  readonly keyRequests: number;
  /**
   * Signs ID tokens and all access tokens with a new key from now on; it is published before the
   * old one, which stays.
   */
  rotateSigningKey(): Promise<void>;
  /**
   * A token of the first back end, signed here and now.
   *
   * @param claims what is other than in a proper one; a claim that is undefined is left out
   */
  appToken(claims?: Record<string, unknown>, options?: AppTokenSigning): Promise<string>;
  /** The user's sessions here, the newest last, as ID tokens name them: `sid`. */
  sessionsOf(userOid: string): readonly string[];
  /** Ends all grants and sessions of a user: their refresh tokens fail with AADSTS50173. */
  revokeUser(userOid: string): void;
  close(): Promise<void>;
}

const defaultTenantId = 'e7e59e2a-5c3a-4d0f-8a6b-0d6a1c2b3e4f';
const clientId = '8d1f6f0b-6a2e-4b7c-9d57-2f1f6f1f9c01';
const deviceClientId = '8d1f6f0b-6a2e-4b7c-9d57-2f1f6f1f9c02';

/** In whose name tokens are made for tests where no back end is set up. */
const noBackEnd: BackEnd = { clientId: nightlyJobClientId, clientSecret: '', roles: [] };

/** @throws when the port is taken, or the data file is not one */
export async function startIdentityProvider(
  options: IdentityProviderOptions,
): Promise<IdentityProvider> {
  const { tenantId = defaultTenantId, redirectUris } = options;
  const paths = endpointPaths(tenantId);
  const directory = newDirectory(options.users ?? seededUsers);
  const persistence = await openPersistence({
    dataFile: options.dataFile,
    keepUsedRefreshTokens: options.refreshTokenRotation !== 'strict',
  });
  const faults = new Faults();
  const log = new TokenCallLog(options.onTokenCall);
  const live: { accessTokenSeconds: number; refreshInSeconds: number | undefined } = {
    accessTokenSeconds: options.accessTokenSeconds ?? 3600,
    refreshInSeconds: options.refreshInSeconds,
  };

  const backEnds = backEndsOf(options.backEnds, persistence.cookieKey);
  let keyRequests = 0;

  // The issuer holds the port, so the server comes before the provider.
  let handle: RequestHandler | undefined;
  const server = await listenOnLoopback(options.port ?? 0, (request, response) => {
    const path = request.url ?? '/';
    const isMetadata = path.includes('/.well-known/');
    request.url = isMetadata ? path : withTenant(path, tenantId);
    if (request.url.split('?')[0] === paths.keys) keyRequests += 1;
    if (handle) void handle(request, response);
    else response.writeHead(503).end();
  });
  const { origin } = server;
  const issuer = issuerOf(origin, tenantId);
  const appTokens = { issuer, tenantId, audience: clientId };
  const newHandler = () =>
    newRequestHandler({
      origin,
      issuer,
      tenantId,
      clientId,
      deviceClientId,
      redirectUris,
      paths,
      directory,
      persistence,
      faults,
      log,
      deviceIntervalSeconds: options.deviceIntervalSeconds ?? 5,
      accessTokenSeconds: () => live.accessTokenSeconds,
      refreshInSeconds: () => live.refreshInSeconds,
      clientCredentials: {
        backEnds: [...backEnds, { clientId, clientSecret: persistence.clientSecret, roles: [] }],
        issuer: appTokens,
        signingKey: () => persistence.signingKeys.current,
      },
    });
  handle = newHandler();

  return {
    origin,
    issuer,
    tenantId,
    clientId,
    clientSecret: persistence.clientSecret,
    deviceClientId,
    backEnds,
    tokenEndpoint: origin + paths.token,
    users: directory.users,
    settings: () => ({
      ENTRA_TENANT_ID: tenantId,
      ENTRA_CLIENT_ID: clientId,
      ENTRA_DEVICE_CLIENT_ID: deviceClientId,
      ENTRA_CREDENTIAL: 'secret',
      ENTRA_CLIENT_SECRET: persistence.clientSecret,
      ENTRA_AUTHORITY_HOST: origin,
      ENTRA_AUTHORITY_METADATA: JSON.stringify(openidMetadata(origin, tenantId)),
    }),
    tokenCalls: log.calls,
    get accessTokenSeconds() {
      return live.accessTokenSeconds;
    },
    set accessTokenSeconds(seconds) {
      live.accessTokenSeconds = seconds;
    },
    get refreshInSeconds() {
      return live.refreshInSeconds;
    },
    set refreshInSeconds(seconds) {
      live.refreshInSeconds = seconds;
    },
    faults,
    jwks: () => ({ keys: persistence.signingKeys.all.map(({ publicJwk }) => publicJwk) }),
    get keyRequests() {
      return keyRequests;
    },
    rotateSigningKey: async () => {
      await persistence.signingKeys.rotate();
      // oidc-provider takes its keys at the start; what it knows is in the store.
      handle = newHandler();
    },
    appToken: (claims = {}, signing = {}) => {
      const [backEnd = noBackEnd] = backEnds;
      const all = { ...appTokenClaims(backEnd, appTokens), ...claims };
      return signAppToken(all, persistence.signingKeys.current, signing);
    },
    sessionsOf: (userOid) => persistence.store.sessionsOf(accountIdOf(userOid)),
    revokeUser: (userOid) => persistence.store.revokeAccount(accountIdOf(userOid)),
    close: async () => {
      faults.clear();
      await server.close();
      persistence.flush();
    },
  };
}

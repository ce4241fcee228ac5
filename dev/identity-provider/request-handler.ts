import type { IncomingMessage, ServerResponse } from 'node:http';
import Provider from 'oidc-provider';
import { type ConfigurationInput, providerConfiguration } from './configuration.ts';
import { authorizationRequest, deviceAuthorization, metadata } from './requests.ts';
import { signIn } from './sign-in.ts';
import { signOut } from './sign-out.ts';
import { type TokenEndpointOptions, tokenEndpoint } from './token-endpoint.ts';

export interface RequestHandlerOptions
  extends ConfigurationInput,
    Omit<TokenEndpointOptions, 'path' | 'provider'> {
  readonly origin: string;
  readonly issuer: string;
  readonly deviceIntervalSeconds: number;
}

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** oidc-provider, dressed as Entra. A new one goes on where another on the same store stopped. */
export function newRequestHandler(options: RequestHandlerOptions): RequestHandler {
  const { origin, issuer, tenantId, paths, directory, redirectUris } = options;
  const provider = new Provider(issuer, providerConfiguration(options));
  provider.use(metadata(origin, tenantId));
  provider.use(authorizationRequest(paths));
  provider.use(signIn(provider, directory));
  provider.use(signOut(provider, { path: paths.logout, redirectUris }));
  provider.use(deviceAuthorization({ paths, intervalSeconds: options.deviceIntervalSeconds }));
  provider.use(tokenEndpoint({ ...options, path: paths.token, provider }));
  return provider.callback();
}

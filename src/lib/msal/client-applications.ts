import type {
  ConfidentialClientApplication,
  ICachePlugin,
  PublicClientApplication,
} from '@azure/msal-node';
import type { Flow } from '../auth/user.ts';
import { lazy } from '../basics/lazy.ts';
import type { Config } from '../config/config.ts';
import { AppError } from '../errors.ts';
import type { Authority } from './authority.ts';
import { loadCredential } from './client-credential.ts';
import type { NetworkClient } from './network-client.ts';

/**
 * Claims challenges are understood: Entra revokes tokens in minutes instead of letting them expire.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/app-resilience-continuous-access-evaluation
 */
const clientCapabilities = ['cp1'];

export interface ClientApplicationOptions {
  network: NetworkClient;
  authority: Authority;
  cachePlugin?: ICachePlugin;
}

/**
 * MSAL's client applications: a new one for each operation, because a shared one mixes its users'
 * tokens. MSAL is loaded with the first. Flow `code` is the confidential client's, `device` the
 * public one's.
 *
 * @throws AppError `misconfigured` for a flow that is not configured, or a credential that can't be
 *   used.
 */
export function createClientApplications(config: Config) {
  const credential = lazy(() => loadCredential(config.credential, config.authority.host));

  function optionsOf(
    clientId: string,
    { network, authority, cachePlugin }: ClientApplicationOptions,
  ) {
    return {
      auth: {
        clientId,
        authority: authority.url,
        knownAuthorities: authority.knownAuthorities,
        authorityMetadata: authority.metadata,
        clientCapabilities,
      },
      ...(cachePlugin && { cache: { cachePlugin } }),
      system: { networkClient: network },
    };
  }

  // Once: in the bundle each import() copies the names of a package.
  const loadMsal = lazy(() => import('@azure/msal-node'));

  function clientId(flow: Flow): string {
    if (flow === 'code') return config.clientId;
    if (config.device) return config.device.clientId;
    throw new AppError('misconfigured', { detail: 'ENTRA_DEVICE_CLIENT_ID is missing.' });
  }

  async function confidential(
    options: ClientApplicationOptions,
  ): Promise<ConfidentialClientApplication> {
    const msal = await loadMsal();
    const { auth, ...more } = optionsOf(clientId('code'), options);
    return new msal.ConfidentialClientApplication({
      auth: { ...auth, ...(await credential()).options },
      ...more,
    });
  }

  async function publicClient(options: ClientApplicationOptions): Promise<PublicClientApplication> {
    const msal = await loadMsal();
    return new msal.PublicClientApplication(optionsOf(clientId('device'), options));
  }

  return {
    clientId,
    confidential,
    public: publicClient,
    of: (flow: Flow, options: ClientApplicationOptions) =>
      flow === 'code' ? confidential(options) : publicClient(options),
    /** @throws AppError if the app's own credential can't be used. */
    async check() {
      await (await credential()).check();
    },
  };
}

export type ClientApplications = ReturnType<typeof createClientApplications>;

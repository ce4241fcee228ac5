import type { IdentityProviderOptions } from '../../dev/identity-provider/identity-provider.ts';
import type { App, AppOptions } from './app.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { startWorld, type World } from './world.ts';

/** A world whose apps reach tables, queue and token endpoint through proxies that can fail. */
export interface FaultyWorld extends World {
  readonly tables: FaultProxy;
  readonly queues: FaultProxy;
  readonly tokens: FaultProxy;
  /** Takes all faults away. */
  heal(): void;
}

export async function startFaultyWorld(
  options: Partial<IdentityProviderOptions> = {},
): Promise<FaultyWorld> {
  const world = await startWorld(options);
  const { azurite, identityProvider } = world;
  const [tables, queues, tokens] = await Promise.all([
    startFaultProxy(azurite.tableOrigin),
    startFaultProxy(azurite.queueOrigin),
    startFaultProxy(identityProvider.origin),
  ]);
  const proxies = [tables, queues, tokens];
  const environment = {
    TOKEN_STORAGE: azurite.connectionString
      .replace(azurite.tableOrigin, tables.origin)
      .replace(azurite.queueOrigin, queues.origin),
    ENTRA_AUTHORITY_METADATA: withTokenEndpoint(
      world.environment['ENTRA_AUTHORITY_METADATA'] ?? '',
      tokens.origin,
    ),
  };
  return {
    ...world,
    tables,
    queues,
    tokens,
    startApp: (app: Partial<AppOptions> = {}): Promise<App> =>
      world.startApp({ ...app, environment: { ...environment, ...app.environment } }),
    heal() {
      for (const proxy of proxies) proxy.clear();
      identityProvider.faults.clear();
    },
    async close() {
      for (const proxy of proxies) proxy.clear();
      await world.close();
      await Promise.all(proxies.map((proxy) => proxy.close()));
    },
  };
}

function withTokenEndpoint(metadata: string, origin: string): string {
  const document = JSON.parse(metadata) as { token_endpoint: string };
  const { pathname } = new URL(document.token_endpoint);
  return JSON.stringify({ ...document, token_endpoint: `${origin}${pathname}` });
}

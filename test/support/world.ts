import { QueueServiceClient } from '@azure/storage-queue';
import getPort from 'get-port';
import { type Azurite, startAzurite } from '../../dev/azurite.ts';
import { type Graph, startGraph } from '../../dev/graph/graph.ts';
import {
  type IdentityProvider,
  type IdentityProviderOptions,
  startIdentityProvider,
} from '../../dev/identity-provider/identity-provider.ts';
import { type App, type AppOptions, startApp, wrappingKey } from './app.ts';
import { reservePort } from './reserved-port.ts';

/** Azurite, the stand-in for Entra and Graph, and as many apps on them as a test starts. */
export interface World {
  azurite: Azurite;
  identityProvider: IdentityProvider;
  graph: Graph;
  /** The origin in PUBLIC_BASE_URL: the first app's. All apps are instances of one. */
  origin: string;
  /** Settings of an app in this world. */
  environment: Record<string, string>;
  startApp(options?: Partial<AppOptions>): Promise<App>;
  /** Puts a message into the refresh queue, as a sweep does. */
  enqueue(message: object): Promise<void>;
  /** Messages in the refresh queue, those being worked on included. */
  queueDepth(): Promise<number>;
  close(): Promise<void>;
}

export async function startWorld(options: Partial<IdentityProviderOptions> = {}): Promise<World> {
  const reserved = await reservePort();
  const origin = `http://localhost:${reserved.port}`;
  const redirectUris = [`${origin}/callback`];
  const [azurite, identityProvider] = await Promise.all([
    startAzurite({}),
    startIdentityProvider({ ...options, redirectUris }),
  ]);
  const graph = await startGraph({ identityProvider });
  const environment = {
    ...identityProvider.settings(),
    PUBLIC_BASE_URL: origin,
    GRAPH_BASE_URL: graph.origin,
    GRAPH_SCOPES: 'User.Read Mail.Read',
    GRAPH_SIGNIN_SCOPES: 'User.Read',
    TOKEN_STORAGE: azurite.connectionString,
    LOCAL_WRAPPING_KEY: wrappingKey,
  };
  const apps: App[] = [];
  const refreshQueue = () =>
    QueueServiceClient.fromConnectionString(azurite.connectionString).getQueueClient('refresh');
  return {
    azurite,
    identityProvider,
    graph,
    origin,
    environment,
    async startApp({ environment: more, ...rest } = {}) {
      const app = await startApp({
        port: apps.length === 0 ? await reserved.release() : await getPort(),
        environment: { ...environment, ...more },
        ...rest,
      });
      apps.push(app);
      return app;
    },
    async enqueue(message) {
      const text = Buffer.from(JSON.stringify(message)).toString('base64');
      await refreshQueue().sendMessage(text);
    },
    async queueDepth() {
      const { approximateMessagesCount } = await refreshQueue().getProperties();
      return approximateMessagesCount ?? 0;
    },
    async close() {
      await Promise.all(apps.map((app) => app.close()));
      await reserved.release();
      await Promise.all([graph.close(), identityProvider.close(), azurite.close()]);
    },
  };
}

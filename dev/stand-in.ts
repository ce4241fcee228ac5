import getPort from 'get-port';
import { startGraph } from './graph/graph.ts';
import { startIdentityProvider } from './identity-provider/identity-provider.ts';
import type { TokenCall } from './identity-provider/token-calls.ts';
import type { StandInUser } from './identity-provider/users.ts';
import type { SettingValues } from './local-settings.ts';

/** The stand-ins for Entra and Graph, running in this process. */
export interface StandIn {
  readonly identityProvider: string;
  readonly graph: string;
  readonly users: readonly StandInUser[];
  readonly settings: SettingValues;
  close(): Promise<void>;
}

export interface StandInOptions {
  /** The app's own origin, where sign-ins return to. */
  readonly appOrigin: string;
  /** Undefined: in memory. */
  readonly dataFile?: string | undefined;
  readonly accessTokenSeconds: number | undefined;
  /** Receives one line for each call to the token endpoint. */
  readonly line: (text: string) => void;
}

const identityProviderPort = 7080;
const graphPort = 7081;

export async function startStandIn(options: StandInOptions): Promise<StandIn> {
  const { dataFile, accessTokenSeconds, line } = options;
  const names = new Map<string, string>();
  const identityProvider = await startIdentityProvider({
    port: await getPort({ port: identityProviderPort }),
    redirectUris: [`${options.appOrigin}/callback`],
    ...(dataFile !== undefined && { dataFile }),
    ...(accessTokenSeconds !== undefined && { accessTokenSeconds }),
    onTokenCall: (call) => line(describeTokenCall(call, names)),
  });
  for (const { oid, name } of identityProvider.users) names.set(oid, name);
  const graph = await startGraph({ port: await getPort({ port: graphPort }), identityProvider });
  return {
    identityProvider: identityProvider.origin,
    graph: graph.origin,
    users: identityProvider.users,
    settings: { ...identityProvider.settings(), ...graph.settings() },
    close: async () => {
      await Promise.all([graph.close(), identityProvider.close()]);
    },
  };
}

/** Time, grant type, user, status; so one can watch refreshes while nobody calls. */
function describeTokenCall(call: TokenCall, names: ReadonlyMap<string, string>): string {
  const { at, grantType, userOid, status, error } = call;
  const user = userOid === undefined ? 'no user' : (names.get(userOid) ?? userOid);
  const parts = [at.slice(11, 19), 'token call', grantType.padEnd(18), user.padEnd(20), status];
  return [...parts, error].filter((part) => part !== undefined).join('  ');
}

import getPort from 'get-port';
import { startGraph } from './graph/graph.ts';
import { nightlyJobRole } from './identity-provider/back-ends.ts';
import {
  type IdentityProvider,
  startIdentityProvider,
} from './identity-provider/identity-provider.ts';
import type { TokenCall } from './identity-provider/token-calls.ts';
import type { StandInUser } from './identity-provider/users.ts';
import type { SettingValues } from './local-settings.ts';

/** The stand-ins for Entra and Graph, running in this process. */
export interface StandIn {
  readonly identityProvider: string;
  readonly graph: string;
  readonly users: readonly StandInUser[];
  /** What a service needs to get a token for the app in its own name; absent without a service. */
  readonly backEnd?: StandInBackEnd;
  readonly settings: SettingValues;
  /** Settings that may be given otherwise. */
  readonly defaults: SettingValues;
  close(): Promise<void>;
}

export interface StandInBackEnd {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly tokenEndpoint: string;
  /** Asks for a token for the app. */
  readonly scope: string;
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

/** The app is to show all that the stand-in for Graph has. */
const offered: SettingValues = {
  ENTRA_APP_ROLE: nightlyJobRole,
  GRAPH_SCOPES: [
    ...['User.Read', 'User.Read.All', 'People.Read', 'Contacts.Read', 'Files.Read'],
    ...['Mail.Read', 'Mail.Send', 'Calendars.Read', 'Calendars.ReadWrite'],
  ].join(' '),
  GRAPH_SIGNIN_SCOPES: 'User.Read',
};

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
    ...backEndOf(identityProvider),
    settings: { ...identityProvider.settings(), ...graph.settings() },
    defaults: offered,
    close: async () => {
      await Promise.all([graph.close(), identityProvider.close()]);
    },
  };
}

function backEndOf({
  backEnds,
  clientId: audience,
  tokenEndpoint,
}: IdentityProvider): Pick<StandIn, 'backEnd'> {
  const [backEnd] = backEnds;
  if (!backEnd) return {};
  const { clientId, clientSecret } = backEnd;
  const scope = `api://${audience}/.default`;
  return { backEnd: { clientId, clientSecret, tokenEndpoint, scope } };
}

/** Time, grant type, user, status; so one can watch refreshes while nobody calls. */
function describeTokenCall(call: TokenCall, names: ReadonlyMap<string, string>): string {
  const { at, grantType, userOid, status, error } = call;
  const user = userOid === undefined ? 'no user' : (names.get(userOid) ?? userOid);
  const parts = [at.slice(11, 19), 'token call', grantType.padEnd(18), user.padEnd(20), status];
  return [...parts, error].filter((part) => part !== undefined).join('  ');
}

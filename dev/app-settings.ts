import { isLoopback } from '../src/lib/basics/loopback.ts';
import type { SettingValues } from './local-settings.ts';

const developmentStorage = 'UseDevelopmentStorage=true';

/** Whether the settings leave any storage to Azurite. */
export function needsAzurite(given: SettingValues): boolean {
  if (given['AzureWebJobsStorage'] === developmentStorage) return true;
  return !hasConnection(given, 'TOKEN_STORAGE');
}

function hasConnection(given: SettingValues, name: string): boolean {
  const value = given[name];
  if (value === undefined) return given[`${name}__tableServiceUri`] !== undefined;
  return value !== developmentStorage;
}

/** The port a loopback PUBLIC_BASE_URL asks for. */
export function preferredPort(given: SettingValues, fallback: number): number {
  const address = given['PUBLIC_BASE_URL'] ?? '';
  return (isLoopback(address) && Number(new URL(address).port)) || fallback;
}

/** An address that isn't this machine's, such as a tunnel's, stays; else the app's actual port counts. */
export function publicBaseUrl(given: SettingValues, port: number): string {
  const configured = given['PUBLIC_BASE_URL'];
  const isElsewhere = configured !== undefined && !isLoopback(configured);
  return isElsewhere ? configured : `http://localhost:${port}`;
}

export interface AppSettingsParts {
  /** From local.settings.json and the environment. */
  readonly given: SettingValues;
  readonly publicBaseUrl: string;
  /** Azurite's connection string, if it runs. */
  readonly storage: string | undefined;
  readonly wrappingKey: string;
  /** The stand-ins' settings; undefined for a real tenant. */
  readonly standIn: SettingValues | undefined;
  /** What stands for settings that are not given, besides what is always so. */
  readonly defaults?: SettingValues | undefined;
}

/** Everything the app is started with: defaults, what is given over them, what is fixed over that. */
export function appSettings(parts: AppSettingsParts): SettingValues {
  const { given, storage, standIn } = parts;
  const entries = Object.entries(given).filter(([name]) => !standIn || !name.startsWith('ENTRA_'));
  const hasKey = given['LOCAL_WRAPPING_KEY'] ?? given['KEY_VAULT_KEY_ID'];
  const tokenStorage = hasConnection(given, 'TOKEN_STORAGE') ? given['TOKEN_STORAGE'] : storage;
  const hostStorage = hasConnection(given, 'AzureWebJobsStorage')
    ? given['AzureWebJobsStorage']
    : (storage ?? tokenStorage);
  return {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AzureWebJobsDisableHomepage: 'true',
    GRAPH_BASE_URL: 'https://graph.microsoft.com',
    GRAPH_SCOPES: 'User.Read Mail.Read',
    GRAPH_SIGNIN_SCOPES: 'User.Read',
    ...(!hasKey && { LOCAL_WRAPPING_KEY: parts.wrappingKey }),
    ...parts.defaults,
    ...Object.fromEntries(entries),
    ...(tokenStorage !== undefined && { TOKEN_STORAGE: tokenStorage }),
    ...(hostStorage !== undefined && { AzureWebJobsStorage: hostStorage }),
    ...standIn,
    PUBLIC_BASE_URL: parts.publicBaseUrl,
  };
}

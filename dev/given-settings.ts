import { readLocalSettings, type SettingValues } from './local-settings.ts';

const prefixes = /^(?:ENTRA_|GRAPH_|TOKEN_STORAGE|REFRESH_|SESSION_|RETAIN_|LOCAL_WRAPPING_KEY)/;
const names =
  /^(?:PUBLIC_BASE_URL|DEVICE_SCOPES|KEY_VAULT_KEY_ID|OTEL_EXPORTER_OTLP_ENDPOINT|WEBSITE_TIME_ZONE|TZ|AzureWebJobsStorage)$/;

/** What the developer has set: a local.settings.json, and over it, as in Core Tools, the environment. */
export function givenSettings(localSettingsPath: string): SettingValues {
  return { ...readLocalSettings(localSettingsPath), ...fromEnvironment() };
}

function fromEnvironment(): SettingValues {
  const entries = Object.entries(process.env).flatMap(([name, value]) =>
    value && (prefixes.test(name) || names.test(name)) ? [[name, value] as const] : [],
  );
  return Object.fromEntries(entries);
}

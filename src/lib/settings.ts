import * as v from 'valibot';
import {
  atLeastZero,
  connectionString,
  endpoint,
  graphRoutes,
  key256,
  keyVaultKeyId,
  list,
  metadata,
  optional,
  origin,
  positive,
  required,
  schedule,
  scopes,
  serviceUri,
  tenant,
} from './setting-values.ts';

const defaultSchedule = '0 * * * * *';
/** Refresh tokens lapse when nobody has used them for 90 days. */
const maxKeepAliveDays = 85;
/** Browsers keep no cookie for longer. */
const maxDays = 400;

/**
 * Every setting the app reads. This file alone knows their names.
 * `local.settings.example.json` holds exactly these, and {@link hostKeys}.
 */
export const settings = v.object({
  PUBLIC_BASE_URL: required(origin()),
  ENTRA_TENANT_ID: required(tenant()),
  ENTRA_CLIENT_ID: required(v.string()),
  ENTRA_ALLOWED_TENANTS: optional(list(), ''),
  ENTRA_AUTHORITY_HOST: optional(origin(), 'https://login.microsoftonline.com'),
  ENTRA_AUTHORITY_METADATA: optional(metadata()),
  ENTRA_CREDENTIAL: required(
    v.picklist(
      ['managed-identity', 'certificate', 'secret'],
      'must be managed-identity, certificate or secret',
    ),
  ),
  ENTRA_MANAGED_IDENTITY_CLIENT_ID: optional(v.string()),
  ENTRA_CLIENT_CERTIFICATE_PATH: optional(v.string()),
  ENTRA_CLIENT_SECRET: optional(v.string()),
  ENTRA_DEVICE_CLIENT_ID: optional(v.string()),
  ENTRA_APP_ROLE: optional(v.string()),
  ENTRA_BACKEND_CLIENT_IDS: optional(list(), ''),
  DEVICE_SCOPES: optional(scopes(), 'User.Read Mail.Read'),
  GRAPH_BASE_URL: optional(origin(), 'https://graph.microsoft.com'),
  GRAPH_SCOPES: optional(scopes(), 'User.Read'),
  GRAPH_SIGNIN_SCOPES: optional(scopes()),
  GRAPH_ROUTES: optional(graphRoutes()),
  TOKEN_STORAGE: optional(connectionString()),
  TOKEN_STORAGE__tableServiceUri: optional(serviceUri()),
  TOKEN_STORAGE__queueServiceUri: optional(serviceUri()),
  TOKEN_STORAGE__credential: optional(
    v.literal('managedidentity', 'must be managedidentity, or left out'),
  ),
  TOKEN_STORAGE__clientId: optional(v.string()),
  KEY_VAULT_KEY_ID: optional(keyVaultKeyId()),
  LOCAL_WRAPPING_KEY: optional(key256()),
  LOCAL_WRAPPING_KEY_PREVIOUS: optional(key256()),
  SESSION_IDLE_HOURS: optional(positive(maxDays * 24), '8'),
  SESSION_MAX_DAYS: optional(positive(maxDays), '7'),
  REFRESH_SCHEDULE: optional(schedule(), defaultSchedule),
  REFRESH_LEAD_MINUTES: optional(positive(24 * 60), '15'),
  REFRESH_HOT_HOURS: optional(positive(maxDays * 24), '24'),
  REFRESH_KEEPALIVE_DAYS: optional(positive(maxKeepAliveDays), '30'),
  REFRESH_BUDGET_PER_SECOND: optional(positive(10_000), '50'),
  RETAIN_WITHOUT_SESSION_DAYS: optional(atLeastZero(maxDays), '0'),
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(endpoint()),
});

export type Settings = v.InferOutput<typeof settings>;

export const settingKeys: readonly string[] = Object.keys(settings.entries);

/** Settings of the Functions host itself, which the app does not read. */
export const hostKeys: readonly string[] = [
  'FUNCTIONS_WORKER_RUNTIME',
  'AzureWebJobsStorage',
  'AzureWebJobsDisableHomepage',
];

/** One setting that is missing or wrong. Never holds the value. */
export interface ConfigProblem {
  key: string;
  problem: string;
}

/** Rules over several settings. */
export function crossChecks(s: Partial<Settings>): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const complain = (key: keyof Settings, problem: string) => problems.push({ key, problem });

  if (s.ENTRA_CREDENTIAL === 'secret' && !s.ENTRA_CLIENT_SECRET) {
    complain('ENTRA_CLIENT_SECRET', 'is missing: ENTRA_CREDENTIAL is secret');
  }
  if (s.ENTRA_CREDENTIAL === 'certificate' && !s.ENTRA_CLIENT_CERTIFICATE_PATH) {
    complain('ENTRA_CLIENT_CERTIFICATE_PATH', 'is missing: ENTRA_CREDENTIAL is certificate');
  }
  if (s.ENTRA_TENANT_ID === 'organizations' && s.ENTRA_ALLOWED_TENANTS?.length === 0) {
    complain('ENTRA_ALLOWED_TENANTS', 'is missing: ENTRA_TENANT_ID is organizations');
  }
  if (s.ENTRA_TENANT_ID && !s.ENTRA_AUTHORITY_METADATA && !isTenantId(s.ENTRA_TENANT_ID)) {
    complain('ENTRA_TENANT_ID', 'must be the tenant’s id (a GUID) or organizations');
  }
  if (!s.ENTRA_AUTHORITY_METADATA && !s.ENTRA_ALLOWED_TENANTS?.every(isTenantId)) {
    complain('ENTRA_ALLOWED_TENANTS', 'must be a list of tenant ids (GUIDs)');
  }
  if (s.ENTRA_AUTHORITY_HOST?.startsWith('http:') && !s.ENTRA_AUTHORITY_METADATA) {
    complain('ENTRA_AUTHORITY_HOST', 'must be https unless ENTRA_AUTHORITY_METADATA is set');
  }
  if (!s.TOKEN_STORAGE && !(s.TOKEN_STORAGE__tableServiceUri && s.TOKEN_STORAGE__queueServiceUri)) {
    complain(
      'TOKEN_STORAGE',
      'is missing: set a connection string, or TOKEN_STORAGE__tableServiceUri and TOKEN_STORAGE__queueServiceUri',
    );
  }
  if (!s.LOCAL_WRAPPING_KEY && !s.KEY_VAULT_KEY_ID) {
    complain('LOCAL_WRAPPING_KEY', 'is missing: set it, or KEY_VAULT_KEY_ID');
  }
  const outside = s.GRAPH_SIGNIN_SCOPES?.filter((scope) => !s.GRAPH_SCOPES?.includes(scope)) ?? [];
  if (s.GRAPH_SCOPES && outside.length > 0) {
    complain('GRAPH_SIGNIN_SCOPES', 'names scopes that GRAPH_SCOPES does not allow');
  }
  for (const { method, template, scopes } of s.GRAPH_ROUTES ?? []) {
    const missing = scopes.filter((scope) => s.GRAPH_SCOPES && !s.GRAPH_SCOPES.includes(scope));
    if (missing.length > 0) {
      const entry = `${method} ${template}`;
      complain('GRAPH_ROUTES', `entry ${entry} needs ${missing.join(', ')} in GRAPH_SCOPES`);
    }
  }
  if (s.ENTRA_BACKEND_CLIENT_IDS && s.ENTRA_BACKEND_CLIENT_IDS.length > 0 && !s.ENTRA_APP_ROLE) {
    complain('ENTRA_APP_ROLE', 'is missing: ENTRA_BACKEND_CLIENT_IDS names back ends that need it');
  }
  return problems;
}

function isTenantId(value: string): boolean {
  return value === 'organizations' || v.is(v.pipe(v.string(), v.uuid()), value);
}

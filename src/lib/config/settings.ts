import * as v from 'valibot';
import { isGuid } from '../basics/canonical-id.ts';
import { graphRoutes } from './graph-routes.ts';
import {
  appRole,
  clientId,
  clientIdProblem,
  clientIds,
  clientIdsProblem,
  identityClientId,
  tenant,
  tenantProblem,
  tenants,
  tenantsProblem,
} from './setting-ids.ts';
import {
  atLeastZero,
  connectionString,
  endpoint,
  key256,
  keyVaultKeyId,
  metadata,
  optional,
  origin,
  positive,
  posixTimeZone,
  required,
  schedule,
  scopes,
  serviceUri,
  storageCredential,
  timeZone,
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
  ENTRA_CLIENT_ID: required(clientId()),
  ENTRA_ALLOWED_TENANTS: optional(tenants(), ''),
  ENTRA_AUTHORITY_HOST: optional(origin(), 'https://login.microsoftonline.com'),
  ENTRA_AUTHORITY_METADATA: optional(metadata()),
  ENTRA_CREDENTIAL: required(
    v.picklist(
      ['managed-identity', 'certificate', 'secret'],
      'must be managed-identity, certificate or secret',
    ),
  ),
  ENTRA_MANAGED_IDENTITY_CLIENT_ID: optional(identityClientId()),
  ENTRA_CLIENT_CERTIFICATE_PATH: optional(v.string()),
  ENTRA_CLIENT_SECRET: optional(v.string()),
  ENTRA_DEVICE_CLIENT_ID: optional(clientId()),
  ENTRA_APP_ROLE: optional(appRole()),
  ENTRA_BACKEND_CLIENT_IDS: optional(clientIds(), ''),
  DEVICE_SCOPES: optional(scopes(), 'User.Read Mail.Read'),
  GRAPH_BASE_URL: optional(origin(), 'https://graph.microsoft.com'),
  GRAPH_SCOPES: optional(scopes(), 'User.Read'),
  GRAPH_SIGNIN_SCOPES: optional(scopes()),
  GRAPH_ROUTES: optional(graphRoutes()),
  TOKEN_STORAGE: optional(connectionString()),
  TOKEN_STORAGE__tableServiceUri: optional(serviceUri()),
  TOKEN_STORAGE__queueServiceUri: optional(serviceUri()),
  TOKEN_STORAGE__credential: optional(storageCredential()),
  TOKEN_STORAGE__clientId: optional(identityClientId()),
  KEY_VAULT_KEY_ID: optional(keyVaultKeyId()),
  LOCAL_WRAPPING_KEY: optional(key256()),
  LOCAL_WRAPPING_KEY_PREVIOUS: optional(key256()),
  SESSION_IDLE_HOURS: optional(positive(maxDays * 24), '8'),
  SESSION_MAX_DAYS: optional(positive(maxDays), '7'),
  REFRESH_SCHEDULE: optional(schedule(), defaultSchedule),
  WEBSITE_TIME_ZONE: optional(timeZone()),
  TZ: optional(posixTimeZone()),
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

/**
 * Rules over several settings.
 *
 * @param s the settings that are in order by themselves.
 * @param wrong keys of the others. A wrong setting is not a missing one.
 */
export function crossChecks(s: Partial<Settings>, wrong: ReadonlySet<string>): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const has = (key: keyof Settings) => Boolean(s[key]) || wrong.has(key);
  const complain = (key: keyof Settings, problem: string) => problems.push({ key, problem });

  if (s.ENTRA_CREDENTIAL === 'secret' && !has('ENTRA_CLIENT_SECRET')) {
    complain('ENTRA_CLIENT_SECRET', 'is missing: ENTRA_CREDENTIAL is secret');
  }
  if (s.ENTRA_CREDENTIAL === 'certificate' && !has('ENTRA_CLIENT_CERTIFICATE_PATH')) {
    complain('ENTRA_CLIENT_CERTIFICATE_PATH', 'is missing: ENTRA_CREDENTIAL is certificate');
  }
  if (s.ENTRA_TENANT_ID === 'organizations' && s.ENTRA_ALLOWED_TENANTS?.length === 0) {
    complain('ENTRA_ALLOWED_TENANTS', 'is missing: ENTRA_TENANT_ID is organizations');
  }
  if (!has('ENTRA_AUTHORITY_METADATA')) problems.push(...idsOtherThanGuids(s));
  if (s.ENTRA_AUTHORITY_HOST?.startsWith('http:') && !has('ENTRA_AUTHORITY_METADATA')) {
    complain('ENTRA_AUTHORITY_HOST', 'must be https unless ENTRA_AUTHORITY_METADATA is set');
  }
  const hasServices =
    has('TOKEN_STORAGE__tableServiceUri') && has('TOKEN_STORAGE__queueServiceUri');
  if (!has('TOKEN_STORAGE') && !hasServices) {
    complain(
      'TOKEN_STORAGE',
      'is missing: set a connection string, or TOKEN_STORAGE__tableServiceUri and TOKEN_STORAGE__queueServiceUri',
    );
  }
  if (!has('LOCAL_WRAPPING_KEY') && !has('KEY_VAULT_KEY_ID')) {
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
  if (
    s.ENTRA_BACKEND_CLIENT_IDS &&
    s.ENTRA_BACKEND_CLIENT_IDS.length > 0 &&
    !has('ENTRA_APP_ROLE')
  ) {
    complain('ENTRA_APP_ROLE', 'is missing: ENTRA_BACKEND_CLIENT_IDS names back ends that need it');
  }
  return problems;
}

/** Entra’s ids are GUIDs. Only where there is a stand-in for Entra may they be anything else. */
function idsOtherThanGuids(s: Partial<Settings>): ConfigProblem[] {
  const { ENTRA_TENANT_ID: tenantId, ENTRA_BACKEND_CLIENT_IDS: backEnds = [] } = s;
  const isOne = (id: string | undefined) => id === undefined || isGuid(id);
  const rules: [keyof Settings, string, boolean][] = [
    ['ENTRA_TENANT_ID', tenantProblem, tenantId === 'organizations' || isOne(tenantId)],
    ['ENTRA_ALLOWED_TENANTS', tenantsProblem, (s.ENTRA_ALLOWED_TENANTS ?? []).every(isGuid)],
    ['ENTRA_CLIENT_ID', clientIdProblem, isOne(s.ENTRA_CLIENT_ID)],
    ['ENTRA_DEVICE_CLIENT_ID', clientIdProblem, isOne(s.ENTRA_DEVICE_CLIENT_ID)],
    ['ENTRA_BACKEND_CLIENT_IDS', clientIdsProblem, backEnds.every(isGuid)],
  ];
  return rules.flatMap(([key, problem, holds]) => (holds ? [] : [{ key, problem }]));
}

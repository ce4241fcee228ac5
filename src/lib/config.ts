import * as v from 'valibot';
import {
  connectionString,
  key256,
  list,
  metadata,
  type OpenIdMetadata,
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
/** Browsers keep no cookie for longer. */
const maxDays = 400;

/**
 * Every setting the app reads. This file is the only one that knows the environment's names.
 * `local.settings.example.json` holds exactly these, and {@link hostKeys}.
 */
const settings = v.object({
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
  GRAPH_BASE_URL: optional(origin(), 'https://graph.microsoft.com'),
  GRAPH_SCOPES: optional(scopes(), 'User.Read'),
  GRAPH_SIGNIN_SCOPES: optional(scopes()),
  TOKEN_STORAGE: optional(connectionString()),
  TOKEN_STORAGE__tableServiceUri: optional(serviceUri()),
  TOKEN_STORAGE__queueServiceUri: optional(serviceUri()),
  TOKEN_STORAGE__credential: optional(
    v.literal('managedidentity', 'must be managedidentity, or left out'),
  ),
  TOKEN_STORAGE__clientId: optional(v.string()),
  LOCAL_WRAPPING_KEY: required(key256()),
  LOCAL_WRAPPING_KEY_PREVIOUS: optional(key256()),
  SESSION_IDLE_HOURS: optional(positive(maxDays * 24), '8'),
  SESSION_MAX_DAYS: optional(positive(maxDays), '7'),
  REFRESH_SCHEDULE: optional(schedule(), defaultSchedule),
  REFRESH_LEAD_MINUTES: optional(positive(24 * 60), '15'),
});

type Settings = v.InferOutput<typeof settings>;

export const settingKeys: readonly string[] = Object.keys(settings.entries);

/** Settings of the Functions host itself, which the app does not read. */
export const hostKeys: readonly string[] = [
  'FUNCTIONS_WORKER_RUNTIME',
  'AzureWebJobsStorage',
  'AzureWebJobsDisableHomepage',
];

/** How the app proves to Entra who it is. */
export type ClientCredential =
  | { kind: 'managed-identity'; clientId: string | undefined }
  | { kind: 'certificate'; path: string }
  | { kind: 'secret'; secret: string };

/** Where tables and queues are: a connection string, or service URIs with an identity. */
export type StorageConnection =
  | { kind: 'connection-string'; connectionString: string }
  | {
      kind: 'identity';
      tableServiceUri: string;
      queueServiceUri: string;
      /** True: only a managed identity. False: whatever the environment offers. */
      managed: boolean;
      clientId: string | undefined;
    };

/** What {@link parseConfig} makes of the environment. Origins have no trailing slash. */
export interface Config {
  publicBaseUrl: string;
  authority: {
    host: string;
    /** A tenant id, or `organizations`. */
    tenant: string;
    /** Tenants whose users may sign in: with a single tenant, that one. */
    allowedTenants: readonly string[];
    /** OpenID metadata of a stand-in, as JSON. Absent: a Microsoft cloud, which MSAL knows. */
    metadata: OpenIdMetadata | undefined;
  };
  clientId: string;
  credential: ClientCredential;
  graph: {
    baseUrl: string;
    /** Scopes that may be asked for. */
    scopes: readonly string[];
    /** Scopes that every sign-in asks for. */
    signInScopes: readonly string[];
  };
  storage: StorageConnection;
  wrappingKey: { current: Uint8Array; previous: Uint8Array | undefined };
  session: { idleMs: number; maxMs: number };
  refresh: { schedule: string; leadMs: number };
}

/** One setting that is missing or wrong. Never holds the value. */
export interface ConfigProblem {
  key: string;
  problem: string;
}

export type ConfigResult =
  | { ok: true; config: Config }
  | { ok: false; problems: readonly ConfigProblem[] };

export type Environment = Readonly<Record<string, string | undefined>>;

/** The process's environment. The only place that reads it. */
export function readEnvironment(): Environment {
  return process.env;
}

/** When the refresh timer fires: needed while functions are registered, before all else. */
export function refreshSchedule(environment: Environment): string {
  const given = settingIn(environment, 'REFRESH_SCHEDULE');
  const parsed = v.safeParse(settings.entries.REFRESH_SCHEDULE, given);
  return parsed.success ? parsed.output : defaultSchedule;
}

/** An empty value is a missing one. */
function settingIn(environment: Environment, key: string): string | undefined {
  return environment[key]?.trim() || undefined;
}

/** Parses all settings at once and reports every problem, not just the first. */
export function parseConfig(environment: Environment): ConfigResult {
  const given = Object.fromEntries(settingKeys.map((key) => [key, settingIn(environment, key)]));
  const parsed = v.safeParse(settings, given);
  const problems = (parsed.issues ?? []).map((issue) => ({
    key: v.getDotPath(issue) ?? 'settings',
    problem: issue.message,
  }));
  // What is wrong by itself is left out here, so that rules over several keys still speak.
  const sound = Object.fromEntries(
    Object.entries(parsed.output as Partial<Settings>).filter(
      ([key]) => !problems.some((problem) => problem.key === key),
    ),
  ) as Partial<Settings>;
  problems.push(...crossChecks(sound));
  return parsed.success && problems.length === 0
    ? { ok: true, config: toConfig(parsed.output) }
    : { ok: false, problems };
}

/** The problems as one message that names each key and its mend. */
export function describeProblems(problems: readonly ConfigProblem[]): string {
  return problems.map(({ key, problem }) => `${key} ${problem}`).join('; ');
}

function crossChecks(s: Partial<Settings>): ConfigProblem[] {
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
  const outside = s.GRAPH_SIGNIN_SCOPES?.filter((scope) => !s.GRAPH_SCOPES?.includes(scope)) ?? [];
  if (s.GRAPH_SCOPES && outside.length > 0) {
    complain('GRAPH_SIGNIN_SCOPES', 'names scopes that GRAPH_SCOPES does not allow');
  }
  return problems;
}

function toConfig(s: Settings): Config {
  const tenant = s.ENTRA_TENANT_ID;
  return {
    publicBaseUrl: s.PUBLIC_BASE_URL,
    authority: {
      host: s.ENTRA_AUTHORITY_HOST,
      tenant,
      allowedTenants: tenant === 'organizations' ? s.ENTRA_ALLOWED_TENANTS : [tenant],
      metadata: s.ENTRA_AUTHORITY_METADATA,
    },
    clientId: s.ENTRA_CLIENT_ID,
    credential: credential(s),
    graph: {
      baseUrl: s.GRAPH_BASE_URL,
      scopes: s.GRAPH_SCOPES,
      signInScopes: [...new Set(['User.Read', ...(s.GRAPH_SIGNIN_SCOPES ?? s.GRAPH_SCOPES)])],
    },
    storage: storage(s),
    wrappingKey: { current: s.LOCAL_WRAPPING_KEY, previous: s.LOCAL_WRAPPING_KEY_PREVIOUS },
    session: {
      idleMs: s.SESSION_IDLE_HOURS * 60 * 60 * 1000,
      maxMs: s.SESSION_MAX_DAYS * 24 * 60 * 60 * 1000,
    },
    refresh: { schedule: s.REFRESH_SCHEDULE, leadMs: s.REFRESH_LEAD_MINUTES * 60 * 1000 },
  };
}

function credential(s: Settings): ClientCredential {
  switch (s.ENTRA_CREDENTIAL) {
    case 'managed-identity':
      return { kind: 'managed-identity', clientId: s.ENTRA_MANAGED_IDENTITY_CLIENT_ID };
    case 'certificate':
      return { kind: 'certificate', path: s.ENTRA_CLIENT_CERTIFICATE_PATH ?? '' };
    case 'secret':
      return { kind: 'secret', secret: s.ENTRA_CLIENT_SECRET ?? '' };
  }
}

function storage(s: Settings): StorageConnection {
  if (s.TOKEN_STORAGE) return { kind: 'connection-string', connectionString: s.TOKEN_STORAGE };
  return {
    kind: 'identity',
    tableServiceUri: s.TOKEN_STORAGE__tableServiceUri ?? '',
    queueServiceUri: s.TOKEN_STORAGE__queueServiceUri ?? '',
    managed: s.TOKEN_STORAGE__credential === 'managedidentity',
    clientId: s.TOKEN_STORAGE__clientId,
  };
}

function isTenantId(value: string): boolean {
  return value === 'organizations' || v.is(v.pipe(v.string(), v.uuid()), value);
}

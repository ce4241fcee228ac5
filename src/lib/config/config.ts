import * as v from 'valibot';
import type { GraphRoute } from '../graph/routes.ts';
import { defaultGraphRoutes } from './graph-routes.ts';
import type { OpenIdMetadata } from './setting-values.ts';
import {
  type ConfigProblem,
  crossChecks,
  type Settings,
  settingKeys,
  settings,
} from './settings.ts';

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

export interface KeyVaultKeyConfig {
  /** `https://VAULT/keys/NAME`, with a version or without. */
  keyId: string;
  /** True: only a managed identity. False: whatever the environment offers. */
  managed: boolean;
  clientId: string | undefined;
}

/**
 * What {@link parseConfig} makes of the environment. Origins and addresses have a host in lower case and no
 * trailing slash; GUIDs are in lower case.
 */
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
    /** What callers may ask of Graph. */
    routes: readonly GraphRoute[];
  };
  /** The public client for device sign-in, and the scopes that it asks for. */
  device: { clientId: string; scopes: readonly string[] } | undefined;
  /** The app role of back ends that act for absent users, and, if any are named, which may. */
  backEnds: { role: string; clientIds: readonly string[] } | undefined;
  storage: StorageConnection;
  /** The key that wraps data keys: Key Vault's if there is one. A local one then only unwraps. */
  wrappingKey: {
    keyVault: KeyVaultKeyConfig | undefined;
    local: { current: Uint8Array; previous: Uint8Array | undefined } | undefined;
  };
  session: { idleMs: number; maxMs: number };
  /** Who is refreshed, when, and how many a second. */
  refresh: {
    schedule: string;
    /** In which the Functions host reads the schedule. */
    timeZone: string;
    leadMs: number;
    hotMs: number;
    keepAliveMs: number;
    retainMs: number;
    budgetPerSecond: number;
  };
  /** Base address of the OTLP receiver that metrics go to. Undefined: there are none. */
  metricsEndpoint: string | undefined;
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
  return parsed.success ? parsed.output : settings.entries.REFRESH_SCHEDULE.default;
}

/** Whether the users of several tenants may sign in, each tenant with an administrator of its own. */
export function servesSeveralTenants({ authority }: Pick<Config, 'authority'>): boolean {
  return authority.tenant === 'organizations';
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
  problems.push(...crossChecks(sound, new Set(problems.map(({ key }) => key))));
  return parsed.success && problems.length === 0
    ? { ok: true, config: toConfig(parsed.output) }
    : { ok: false, problems };
}

/** The problems as one message that names each key and its mend. */
export function describeProblems(problems: readonly ConfigProblem[]): string {
  return problems.map(({ key, problem }) => `${key} ${problem}`).join('; ');
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
      routes: s.GRAPH_ROUTES ?? defaultGraphRoutes,
    },
    device: s.ENTRA_DEVICE_CLIENT_ID
      ? { clientId: s.ENTRA_DEVICE_CLIENT_ID, scopes: s.DEVICE_SCOPES }
      : undefined,
    backEnds: s.ENTRA_APP_ROLE
      ? { role: s.ENTRA_APP_ROLE, clientIds: s.ENTRA_BACKEND_CLIENT_IDS }
      : undefined,
    storage: storage(s),
    wrappingKey: {
      keyVault: keyVaultKey(s),
      local: s.LOCAL_WRAPPING_KEY && {
        current: s.LOCAL_WRAPPING_KEY,
        previous: s.LOCAL_WRAPPING_KEY_PREVIOUS,
      },
    },
    session: {
      idleMs: s.SESSION_IDLE_HOURS * 60 * 60 * 1000,
      maxMs: s.SESSION_MAX_DAYS * 24 * 60 * 60 * 1000,
    },
    refresh: {
      schedule: s.REFRESH_SCHEDULE,
      timeZone: s.WEBSITE_TIME_ZONE ?? s.TZ ?? 'UTC',
      leadMs: s.REFRESH_LEAD_MINUTES * 60 * 1000,
      hotMs: s.REFRESH_HOT_HOURS * 60 * 60 * 1000,
      keepAliveMs: s.REFRESH_KEEPALIVE_DAYS * 24 * 60 * 60 * 1000,
      retainMs: s.RETAIN_WITHOUT_SESSION_DAYS * 24 * 60 * 60 * 1000,
      budgetPerSecond: s.REFRESH_BUDGET_PER_SECOND,
    },
    metricsEndpoint: s.OTEL_EXPORTER_OTLP_ENDPOINT,
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

/** Used as the identity that speaks to storage, or to Entra. */
function keyVaultKey(s: Settings): KeyVaultKeyConfig | undefined {
  if (!s.KEY_VAULT_KEY_ID) return undefined;
  const toEntra = s.ENTRA_CREDENTIAL === 'managed-identity';
  return {
    keyId: s.KEY_VAULT_KEY_ID,
    managed: toEntra || s.TOKEN_STORAGE__credential === 'managedidentity',
    clientId: s.TOKEN_STORAGE__clientId ?? s.ENTRA_MANAGED_IDENTITY_CLIENT_ID,
  };
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

import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  describeProblems,
  type Environment,
  parseConfig,
  refreshSchedule,
} from '../../../src/lib/config/config.ts';
import { settingKeys } from '../../../src/lib/config/settings.ts';
import { days, hours, minutes } from '../../support/clock.ts';
import { configOf, leastEnvironment } from '../../support/environment.ts';

function problemsOf(settings: Environment): Record<string, string> {
  const result = parseConfig({ ...leastEnvironment, ...settings });
  const problems = result.ok ? [] : result.problems;
  return Object.fromEntries(problems.map(({ key, problem }) => [key, problem]));
}

const guid = 'ABCDEF01-2222-4333-8444-555555555555';

const metadata = {
  issuer: 'http://localhost:4000/{tenantid}/v2.0',
  authorization_endpoint: 'http://localhost:4000/authorize',
  token_endpoint: 'http://127.0.0.1:4000/token',
  jwks_uri: 'http://[::1]:4000/keys',
};

describe('defaults', () => {
  it('fill in all that is not secret', () => {
    expect(configOf()).toMatchObject({
      publicBaseUrl: 'https://app.example.com',
      authority: {
        host: 'https://login.microsoftonline.com',
        allowedTenants: [leastEnvironment['ENTRA_TENANT_ID']],
        metadata: undefined,
      },
      credential: { kind: 'managed-identity', clientId: undefined },
      graph: {
        baseUrl: 'https://graph.microsoft.com',
        scopes: ['User.Read'],
        signInScopes: ['User.Read'],
      },
      session: { idleMs: 8 * hours, maxMs: 7 * days },
      refresh: {
        schedule: '0 * * * * *',
        timeZone: 'UTC',
        leadMs: 15 * minutes,
        hotMs: 24 * hours,
        keepAliveMs: 30 * days,
        retainMs: 0,
        budgetPerSecond: 50,
      },
      metricsEndpoint: undefined,
    });
  });

  it('are there for no secret', () => {
    const problems = Object.keys(problemsOf({ LOCAL_WRAPPING_KEY: undefined }));
    expect(problems).toEqual(['LOCAL_WRAPPING_KEY']);
  });
});

describe('problems', () => {
  it('are reported all at once', () => {
    const result = parseConfig({ SESSION_IDLE_HOURS: 'long', REFRESH_SCHEDULE: 'hourly' });
    const keys = result.ok ? [] : result.problems.map(({ key }) => key);
    expect(keys.sort()).toEqual([
      'ENTRA_CLIENT_ID',
      'ENTRA_CREDENTIAL',
      'ENTRA_TENANT_ID',
      'LOCAL_WRAPPING_KEY',
      'PUBLIC_BASE_URL',
      'REFRESH_SCHEDULE',
      'SESSION_IDLE_HOURS',
      'TOKEN_STORAGE',
    ]);
  });

  it('are reported of one key and of several keys together', () => {
    const problems = problemsOf({ ENTRA_CREDENTIAL: 'secret', SESSION_MAX_DAYS: '-1' });
    expect(Object.keys(problems).sort()).toEqual(['ENTRA_CLIENT_SECRET', 'SESSION_MAX_DAYS']);
  });

  it('say of a missing setting that it is missing', () => {
    const result = parseConfig({});
    const problems = result.ok ? [] : result.problems;
    for (const { problem } of problems) expect(problem).toMatch(/^is missing/);
  });

  it('never quote a value', () => {
    const canary = 'canary-value"<';
    const result = parseConfig(Object.fromEntries(settingKeys.map((key) => [key, canary])));
    expect(result.ok).toBe(false);
    expect(JSON.stringify(result)).not.toContain('canary');
    expect(result.ok ? '' : describeProblems(result.problems)).not.toContain('canary');
  });

  it('become one text that names every key', () => {
    const text = describeProblems([
      { key: 'A', problem: 'is missing' },
      { key: 'B', problem: 'must be a number' },
    ]);
    expect(text).toBe('A is missing; B must be a number');
  });

  it.each(settingKeys.filter((key) => leastEnvironment[key]))('name %s if it is missing', (key) => {
    expect(Object.keys(problemsOf({ [key]: undefined }))).toContain(key);
    expect(Object.keys(problemsOf({ [key]: '' }))).toContain(key);
    expect(Object.keys(problemsOf({ [key]: ' \t' }))).toContain(key);
  });

  it.each([
    ['PUBLIC_BASE_URL', 'http://app.example.com'],
    ['PUBLIC_BASE_URL', 'https://app.example.com/path'],
    ['PUBLIC_BASE_URL', 'https://user@app.example.com'],
    ['PUBLIC_BASE_URL', 'https://app.example.com?x=1'],
    ['PUBLIC_BASE_URL', 'app.example.com'],
    ['PUBLIC_BASE_URL', 'file:///etc'],
    ['ENTRA_TENANT_ID', 'contoso.onmicrosoft.com'],
    ['ENTRA_TENANT_ID', 'common'],
    ['ENTRA_TENANT_ID', 'a/b'],
    ['ENTRA_AUTHORITY_HOST', 'http://127.0.0.1:4000'],
    ['ENTRA_CREDENTIAL', 'password'],
    ['GRAPH_SCOPES', 'User.Read "Mail.Read"'],
    ['GRAPH_SIGNIN_SCOPES', 'Mail.Read'],
    ['GRAPH_BASE_URL', 'http://graph.example.com'],
    ['LOCAL_WRAPPING_KEY', randomBytes(31).toString('base64')],
    ['LOCAL_WRAPPING_KEY', randomBytes(32).toString('hex')],
    ['LOCAL_WRAPPING_KEY_PREVIOUS', 'short'],
    ['SESSION_IDLE_HOURS', '0'],
    ['SESSION_IDLE_HOURS', 'eight'],
    ['SESSION_MAX_DAYS', '-7'],
    ['SESSION_MAX_DAYS', 'Infinity'],
    ['REFRESH_LEAD_MINUTES', '15m'],
    ['REFRESH_SCHEDULE', '* * * * *'],
    ['REFRESH_HOT_HOURS', '0'],
    ['REFRESH_HOT_HOURS', 'all'],
    ['REFRESH_KEEPALIVE_DAYS', '0'],
    ['REFRESH_KEEPALIVE_DAYS', '86'],
    ['REFRESH_BUDGET_PER_SECOND', '0'],
    ['REFRESH_BUDGET_PER_SECOND', '-50'],
    ['RETAIN_WITHOUT_SESSION_DAYS', '-1'],
    ['RETAIN_WITHOUT_SESSION_DAYS', 'forever'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://otlp.example.com'],
    ['TOKEN_STORAGE__tableServiceUri', 'http://tables.example.com'],
    ['TOKEN_STORAGE__credential', 'clientsecret'],
  ])('refuse %s = %s', (key, value) => {
    expect(Object.keys(problemsOf({ [key]: value }))).toEqual([key]);
  });
});

describe('a value', () => {
  it('that is empty is a missing one', () => {
    expect(configOf({ GRAPH_SCOPES: '', SESSION_IDLE_HOURS: ' ' })).toEqual(configOf());
  });

  it('may be a fraction where it is a number', () => {
    const config = configOf({ SESSION_IDLE_HOURS: '0.5', REFRESH_LEAD_MINUTES: '.25' });
    expect(config.session.idleMs).toBe(30 * minutes);
    expect(config.refresh.leadMs).toBe(15_000);
  });

  it.each(['User.Read Mail.Read', 'User.Read,Mail.Read', ' User.Read , Mail.Read,'])(
    'may list scopes by spaces and commas: %j',
    (text) => {
      expect(configOf({ GRAPH_SCOPES: text }).graph.scopes).toEqual(['User.Read', 'Mail.Read']);
    },
  );

  it('that is an origin loses its trailing slash', () => {
    expect(configOf({ PUBLIC_BASE_URL: 'https://APP.example.com/' }).publicBaseUrl).toBe(
      'https://app.example.com',
    );
  });

  it.each(['http://localhost:7071', 'http://127.0.0.1:7071', 'http://[::1]:7071'])(
    'may be an http origin on loopback: %s',
    (origin) => {
      expect(configOf({ PUBLIC_BASE_URL: origin }).publicBaseUrl).toBe(origin);
    },
  );
});

describe('sign-in scopes', () => {
  it('are all scopes that may be asked, unless named', () => {
    const scopes = { GRAPH_SCOPES: 'User.Read Mail.Read' };
    expect(configOf(scopes).graph.signInScopes).toEqual(['User.Read', 'Mail.Read']);
    const named = configOf({ ...scopes, GRAPH_SIGNIN_SCOPES: 'User.Read' });
    expect(named.graph.signInScopes).toEqual(['User.Read']);
  });

  it('always hold User.Read', () => {
    const config = configOf({ GRAPH_SCOPES: 'Mail.Read' });
    expect(config.graph.signInScopes).toEqual(['User.Read', 'Mail.Read']);
  });
});

describe('ids', () => {
  const ids = {
    ...{ ENTRA_TENANT_ID: guid, ENTRA_CLIENT_ID: guid, ENTRA_DEVICE_CLIENT_ID: guid },
    ...{ ENTRA_APP_ROLE: 'Act', ENTRA_BACKEND_CLIENT_IDS: guid },
  };

  it('are in lower case, whatever the settings are in', () => {
    const lower = guid.toLowerCase();
    expect(configOf(ids)).toMatchObject({
      ...{ authority: { tenant: lower, allowedTenants: [lower] }, clientId: lower },
      ...{ device: { clientId: lower }, backEnds: { clientIds: [lower] } },
    });
  });

  it.each(Object.keys(ids).filter((key) => key.endsWith('ID') || key.endsWith('IDS')))(
    '%s is a GUID, except where there is a stand-in for Entra',
    (key) => {
      const named = { ...ids, [key]: 'my-own' };
      expect(Object.keys(problemsOf(named))).toEqual([key]);
      const standIn = { ENTRA_AUTHORITY_METADATA: JSON.stringify(metadata) };
      expect(problemsOf({ ...named, ...standIn })).toEqual({});
    },
  );
});

describe('authority metadata', () => {
  it('goes with an https base URL, a tenant of any name and an http host', () => {
    const config = configOf({
      ENTRA_AUTHORITY_METADATA: JSON.stringify(metadata),
      ENTRA_AUTHORITY_HOST: 'http://127.0.0.1:4000',
      ENTRA_TENANT_ID: 'contoso',
    });
    expect(config.authority.metadata).toEqual(metadata);
  });

  const endpoints = Object.keys(metadata).filter((field) => field !== 'issuer');

  it.each(endpoints)('is refused when its %s is not on loopback', (field) => {
    const json = JSON.stringify({ ...metadata, [field]: 'https://login.example.com/x' });
    expect(Object.keys(problemsOf({ ENTRA_AUTHORITY_METADATA: json }))).toEqual([
      'ENTRA_AUTHORITY_METADATA',
    ]);
  });

  it('may name any issuer: that is compared, never called', () => {
    const json = JSON.stringify({ ...metadata, issuer: 'https://login.example.com/v2.0' });
    expect(problemsOf({ ENTRA_AUTHORITY_METADATA: json })).toEqual({});
  });

  it.each([
    ['an endpoint that is not used', { userinfo_endpoint: 'https://login.example.com/x' }],
    ['a host that only begins like loopback', { token_endpoint: 'http://127.0.0.1.example.com/' }],
    ['userinfo that looks like loopback', { token_endpoint: 'http://localhost@example.com/' }],
    ['a missing token endpoint', { token_endpoint: undefined }],
  ])('is refused for %s', (_name, change) => {
    const json = JSON.stringify({ ...metadata, ...change });
    expect(Object.keys(problemsOf({ ENTRA_AUTHORITY_METADATA: json }))).toEqual([
      'ENTRA_AUTHORITY_METADATA',
    ]);
  });

  it.each(['{', '[]', '"text"', 'null'])('is refused for %s', (json) => {
    expect(problemsOf({ ENTRA_AUTHORITY_METADATA: json })).toHaveProperty(
      'ENTRA_AUTHORITY_METADATA',
    );
  });
});

describe('organizations', () => {
  it('needs the allowed tenants', () => {
    expect(problemsOf({ ENTRA_TENANT_ID: 'organizations' })).toHaveProperty(
      'ENTRA_ALLOWED_TENANTS',
    );
  });

  it('allows those and no others', () => {
    const tenants = [1, 2].map((n) => `${n}1111111-2222-4333-8444-555555555555`);
    const listed = { ENTRA_TENANT_ID: 'organizations', ENTRA_ALLOWED_TENANTS: tenants.join(', ') };
    expect(configOf(listed).authority.allowedTenants).toEqual(tenants);
  });

  it('takes no names for tenants, which no token would hold', () => {
    const named = { ENTRA_TENANT_ID: 'organizations', ENTRA_ALLOWED_TENANTS: 'contoso.com' };
    expect(problemsOf(named)).toHaveProperty('ENTRA_ALLOWED_TENANTS');
  });
});

describe('storage', () => {
  const uris = {
    TOKEN_STORAGE: undefined,
    TOKEN_STORAGE__tableServiceUri: 'https://x.table.core.windows.net',
    TOKEN_STORAGE__queueServiceUri: 'https://x.queue.core.windows.net',
  };

  it('may be service addresses with an identity', () => {
    const identity = {
      TOKEN_STORAGE__credential: 'ManagedIdentity',
      TOKEN_STORAGE__clientId: guid,
    };
    expect(configOf({ ...uris, ...identity }).storage).toEqual({
      kind: 'identity',
      tableServiceUri: uris.TOKEN_STORAGE__tableServiceUri,
      queueServiceUri: uris.TOKEN_STORAGE__queueServiceUri,
      managed: true,
      clientId: guid.toLowerCase(),
    });
  });

  it('needs both addresses', () => {
    const problems = problemsOf({ ...uris, TOKEN_STORAGE__queueServiceUri: undefined });
    expect(problems).toHaveProperty('TOKEN_STORAGE');
  });
});

describe('credential', () => {
  it('needs the certificate’s path', () => {
    const problems = problemsOf({ ENTRA_CREDENTIAL: 'certificate' });
    expect(problems).toHaveProperty('ENTRA_CLIENT_CERTIFICATE_PATH');
  });

  it('is what the setting says', () => {
    const secret = configOf({ ENTRA_CREDENTIAL: 'secret', ENTRA_CLIENT_SECRET: 's' });
    expect(secret.credential).toEqual({ kind: 'secret', secret: 's' });
    const path = { ENTRA_CREDENTIAL: 'certificate', ENTRA_CLIENT_CERTIFICATE_PATH: '/c.pem' };
    expect(configOf(path).credential).toEqual({ kind: 'certificate', path: '/c.pem' });
  });
});

describe('the refresh policy', () => {
  it('is what the settings say', () => {
    const settings = {
      REFRESH_LEAD_MINUTES: '20',
      REFRESH_HOT_HOURS: '12',
      REFRESH_KEEPALIVE_DAYS: '85',
      REFRESH_BUDGET_PER_SECOND: '0.5',
      RETAIN_WITHOUT_SESSION_DAYS: '90',
    };
    expect(configOf(settings).refresh).toEqual({
      schedule: '0 * * * * *',
      timeZone: 'UTC',
      leadMs: 20 * minutes,
      hotMs: 12 * hours,
      keepAliveMs: 85 * days,
      budgetPerSecond: 0.5,
      retainMs: 90 * days,
    });
  });

  it('reads its schedule in the time zone of the Functions host', () => {
    const zoneOf = (settings: Environment) => configOf(settings).refresh.timeZone;
    expect(zoneOf({ TZ: 'Europe/Berlin' })).toBe('Europe/Berlin');
    expect(zoneOf({ TZ: ':Europe/Berlin' })).toBe('Europe/Berlin');
    expect(zoneOf({ WEBSITE_TIME_ZONE: 'Asia/Tokyo', TZ: 'Europe/Berlin' })).toBe('Asia/Tokyo');
  });

  it.each([':/etc/localtime', '/usr/share/zoneinfo/UTC', 'UTC0', 'CET-1CEST', '<-03>3', 'Nowhere'])(
    'takes TZ=%s, which names no time zone, for UTC',
    (TZ) => expect(configOf({ TZ }).refresh.timeZone).toBe('UTC'),
  );

  it('may retain nothing', () => {
    expect(configOf({ RETAIN_WITHOUT_SESSION_DAYS: '0' }).refresh.retainMs).toBe(0);
  });
});

describe('the refresh schedule', () => {
  it('is known without the other settings, and has a default', () => {
    expect(refreshSchedule({ REFRESH_SCHEDULE: '30 */5 * * * *' })).toBe('30 */5 * * * *');
    expect(refreshSchedule({})).toBe('0 * * * * *');
    expect(refreshSchedule({ REFRESH_SCHEDULE: 'hourly' })).toBe('0 * * * * *');
  });
});

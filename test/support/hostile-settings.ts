const guid = '99999999-2222-4333-8444-555555555555';
const accountKey = Buffer.alloc(64, 1).toString('base64');
const account = `DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=${accountKey}`;
const azure = `${account};EndpointSuffix=core.windows.net`;
const endpoints = 'TableEndpoint=https://t.example;QueueEndpoint=https://q.example';
const signature = 'SharedAccessSignature=sv=2022-11-02&sig=c2lnbmF0dXJl';

const ids = [
  ...[`"${guid}"`, `{${guid}}`, `${guid} ${guid}`, `${guid}\u0000`, `${guid}/..`, '💥', "' or 1=1"],
];
const lists = [`"${guid}"`, `${guid};${guid}`, '../..', '<script>'];
const addresses = [
  ...['host', 'https://', '//host.example', 'https://ho st.example', 'https://host.example:99999'],
  ...['https://%zz', 'https://[::1', 'https://a:b:c', 'https://user:password@host.example'],
  ...[
    'https://host.example?key=x',
    'https://host.example#x',
    'https://*.host.example',
    'ftp://127.0.0.1',
  ],
  ...[
    'javascript:alert(1)',
    'http://host.example',
    'http://127.0.0.1.host.example',
    'http://0.0.0.0',
  ],
  ...[
    'http://localhost.host.example',
    'http://10.0.0.1',
    'http://[fe80::1]',
    'https://host..example',
  ],
];
const paths = ['https://host.example/path'];
const numbers = ['', 'NaN', 'Infinity', '-1', '1e999', '0x', 'eight', '1;2', '1,5'].filter(Boolean);
const aboveZero = [...numbers, '0', '-0'];
const keys = [
  'AAAA',
  'x'.repeat(44),
  `${Buffer.alloc(31).toString('base64')}`,
  '"',
  Buffer.alloc(32).toString('hex'),
];
const zones = [
  'Europe/Nowhere',
  'Eastern Standard Time',
  '+02:00',
  '../etc/passwd',
  'UTC+2',
  '<script>',
];
const scopes = ['Mäil.Read', 'User.Read "Mail.Read"', 'a\\b', ' , '];

function metadata(changes: object): string {
  return JSON.stringify({
    issuer: 'http://localhost:4000/tenant/v2.0',
    authorization_endpoint: 'http://localhost:4000/authorize',
    token_endpoint: 'http://localhost:4000/token',
    jwks_uri: 'http://localhost:4000/keys',
    ...changes,
  });
}

/** For each setting values that some environment has held, or that somebody could try. */
export const hostileSettings: Readonly<Record<string, readonly string[]>> = {
  PUBLIC_BASE_URL: [...addresses, ...paths],
  ENTRA_TENANT_ID: [...ids, 'common', 'consumers', 'contoso.com', '..', 'a/b'],
  ENTRA_CLIENT_ID: [...ids, 'my-app', '..'],
  ENTRA_ALLOWED_TENANTS: [...lists, 'organizations', 'common', 'contoso.com'],
  ENTRA_AUTHORITY_HOST: [...addresses, ...paths, 'http://127.0.0.1:4000'],
  ENTRA_AUTHORITY_METADATA: [
    ...['{', '[]', '"text"', 'null', '{}', '<xml/>'],
    ...addresses.map((address) => metadata({ token_endpoint: address })),
    metadata({ jwks_uri: 'localhost:4000/keys' }),
    metadata({ jwks_uri: 'ftp://localhost/keys' }),
    metadata({ jwks_uri: 7 }),
    metadata({ end_session_endpoint: 'https://host.example/logout' }),
  ],
  ENTRA_CREDENTIAL: ['password', 'Secret;', 'none'],
  ENTRA_MANAGED_IDENTITY_CLIENT_ID: [...ids, 'identity'],
  ENTRA_DEVICE_CLIENT_ID: [...ids, 'my-devices'],
  ENTRA_APP_ROLE: ['Act for users', 'Röle', 'x'.repeat(251)],
  ENTRA_BACKEND_CLIENT_IDS: [...lists, 'my-back-end'],
  DEVICE_SCOPES: scopes,
  GRAPH_BASE_URL: [...addresses, 'https://host.example/v1.0'],
  GRAPH_SCOPES: scopes,
  GRAPH_SIGNIN_SCOPES: scopes,
  GRAPH_ROUTES: [
    '[',
    '{}',
    '["POST /$batch User.Read"]',
    '["GET me"]',
    '[7]',
    '["GET /me/../users X"]',
  ],
  TOKEN_STORAGE: [
    ...[
      'garbage',
      'UseDevelopmentStorage=false',
      'usedevelopmentstorage=true',
      '=;=',
      azure.slice(4),
    ],
    `UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://proxy.example`,
    `${azure};UseDevelopmentStorage=true`,
    ...addresses.map(
      (address) => `${account};TableEndpoint=${address};QueueEndpoint=https://q.example`,
    ),
    ...addresses.map(
      (address) => `${account};TableEndpoint=https://t.example;QueueEndpoint=${address}`,
    ),
    ...[
      'core.windows .net',
      'x.net/path',
      'x.net@host.example',
      'x.net?',
      '"x.net"',
      'x..net',
      '',
    ].map((suffix) => `${account};EndpointSuffix=${suffix}`),
    ...['!!!', '', 'AAA', `"${accountKey}"`, accountKey.slice(1), `${accountKey} x`].map((key) =>
      azure.replace(accountKey, key),
    ),
    ...['a b', '', '"acct"', 'acct\r\nx: y', 'acct/..'].map((name) => azure.replace('acct', name)),
    ...['http', 'ftp', '', 'HTTPS ', 'httpx'].map((scheme) => azure.replace('https', scheme)),
    `AccountName=acct;AccountKey=${accountKey};${endpoints}`,
    `AccountName=acct;${endpoints}`,
    azure.replace('AccountKey', 'accountkey'),
    `${azure};EndpointSuffix=host.example`,
    `${signature};TableEndpoint=https://acct.table.x.net`,
    `${signature};${endpoints}`,
    ...['', '?sv=1&sig=x', 'sv=1', 'sv=1&sig=a b', 'sv=1&sig='].map(
      (given) =>
        `SharedAccessSignature=${given};TableEndpoint=https://acct.table.x.net;QueueEndpoint=https://acct.queue.x.net`,
    ),
    `${signature};TableEndpoint=http://acct.table.x.net;QueueEndpoint=https://acct.queue.x.net`,
  ],
  TOKEN_STORAGE__tableServiceUri: addresses,
  TOKEN_STORAGE__queueServiceUri: addresses,
  TOKEN_STORAGE__credential: ['managed identity', 'none', '"managedidentity"'],
  TOKEN_STORAGE__clientId: [...ids, 'identity'],
  KEY_VAULT_KEY_ID: [
    ...addresses.map((address) => `${address}/keys/name`),
    ...['keys', 'secrets/name', 'keys/', 'keys/a b', 'keys/a/b', 'keys/a%2fb', 'keys/ä'].map(
      (path) => `https://vault.vault.azure.net/${path}`,
    ),
    'http://127.0.0.1:4000/keys/name',
  ],
  LOCAL_WRAPPING_KEY: keys,
  LOCAL_WRAPPING_KEY_PREVIOUS: keys,
  SESSION_IDLE_HOURS: aboveZero,
  SESSION_MAX_DAYS: [...aboveZero, '401'],
  REFRESH_SCHEDULE: [
    'hourly',
    '*/5 * * * *',
    '0 0 0 30 2 *',
    '0 0 0 31 4,6 *',
    '99 x y z 1 2',
    '00:01:00',
  ],
  WEBSITE_TIME_ZONE: zones,
  REFRESH_LEAD_MINUTES: aboveZero,
  REFRESH_HOT_HOURS: aboveZero,
  REFRESH_KEEPALIVE_DAYS: [...aboveZero, '86'],
  REFRESH_BUDGET_PER_SECOND: [...aboveZero, '10001'],
  RETAIN_WITHOUT_SESSION_DAYS: [...numbers, '401'],
  OTEL_EXPORTER_OTLP_ENDPOINT: addresses,
};

/** Settings that can have no wrong form: whether they work shows when they are used. */
export const freeSettings = ['ENTRA_CLIENT_CERTIFICATE_PATH', 'ENTRA_CLIENT_SECRET', 'TZ'];

/** Secrets in the values above, which no problem may quote. */
export const hostileSecrets = [
  accountKey,
  accountKey.slice(1),
  'c2lnbmF0dXJl',
  ...keys.slice(1, 3),
];

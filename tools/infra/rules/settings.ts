/** The function app's settings: all that the app needs, none that it does not know, no secret. */
import { type Config, parseConfig } from '../../../src/lib/config/config.ts';
import { settingKeys } from '../../../src/lib/config/settings.ts';
import { lastName, ofType, type Rule, type Snapshot } from '../snapshot.ts';

/**
 * Settings of the Functions host that must be set, and no others. Flex Consumption refuses FUNCTIONS_WORKER_RUNTIME;
 * AzureWebJobsStorage itself would be a connection string.
 */
const hostSettings = [
  'AzureWebJobsStorage__accountName',
  'AzureWebJobsStorage__credential',
  'AzureWebJobsStorage__clientId',
  'AzureWebJobsDisableHomepage',
  'AzureWebJobsFeatureFlags',
  'APPLICATIONINSIGHTS_CONNECTION_STRING',
  'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
  'AzureFunctionsJobHost__logging__applicationInsights__samplingSettings__excludedTypes',
  'AzureFunctionsJobHost__extensions__queues__batchSize',
];

/** Settings of the app whose value is a secret, or the way to one. */
const secretSettings = [
  'ENTRA_CLIENT_SECRET',
  'ENTRA_CLIENT_CERTIFICATE_PATH',
  'LOCAL_WRAPPING_KEY',
  'LOCAL_WRAPPING_KEY_PREVIOUS',
  'TOKEN_STORAGE',
];

const secretParts = ['AccountKey', 'SharedAccessSignature', 'DefaultEndpointsProtocol', 'sig='];

/** Stand for what is known only when it is deployed. */
const examples: Record<string, string> = {
  PUBLIC_BASE_URL: 'https://app.example',
  KEY_VAULT_KEY_ID: 'https://vault.example/keys/name',
  TOKEN_STORAGE__tableServiceUri: 'https://account.table.example',
  TOKEN_STORAGE__queueServiceUri: 'https://account.queue.example',
};
const exampleId = '11111111-1111-4111-8111-111111111111';

function settingsIn(snapshot: Snapshot): Record<string, string> {
  const config = ofType(snapshot, 'Microsoft.Web/sites/config').find(
    (resource) => lastName(resource) === 'appsettings',
  );
  const settings: unknown = config?.properties;
  // One expression for all of them: nothing could be checked.
  if (typeof settings !== 'object' || settings === null) return {};
  return settings as Record<string, string>;
}

export const settingsAreComplete: Rule = (snapshot) => {
  const environment = Object.fromEntries(
    Object.entries(settingsIn(snapshot)).map(([key, value]) => [
      key,
      value.startsWith('[') && !isJson(value) ? (examples[key] ?? exampleId) : value,
    ]),
  );
  const parsed = parseConfig(environment);
  if (!parsed.ok) return parsed.problems.map(({ key, problem }) => `setting ${key} ${problem}`);
  return identityProblems(parsed.config).concat(
    hostSettings.filter((key) => !environment[key]).map((key) => `setting ${key} is missing`),
  );
};

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The app's own reading of its settings must come to identities everywhere. */
function identityProblems({ credential, storage, wrappingKey }: Config): string[] {
  return [
    ...(credential.kind === 'managed-identity' && credential.clientId
      ? []
      : ['the app must sign in to Entra with its managed identity, by client id']),
    ...(storage.kind === 'identity' && storage.managed && storage.clientId
      ? []
      : ['the app must use storage with its managed identity, by client id']),
    ...(wrappingKey.keyVault?.managed && !wrappingKey.local
      ? []
      : ['the app must wrap keys in Key Vault with its managed identity']),
  ];
}

export const settingsAreKnown: Rule = (snapshot) =>
  Object.keys(settingsIn(snapshot))
    .filter((key) => !settingKeys.includes(key) && !hostSettings.includes(key))
    .map(
      (key) =>
        `setting ${key} is known to neither src/lib/config/settings.ts nor tools/infra/rules/settings.ts`,
    );

export const settingsHoldNoSecret: Rule = (snapshot) =>
  Object.entries(settingsIn(snapshot)).flatMap(([key, value]) => [
    ...(secretSettings.includes(key) ? [`setting ${key} is a secret: use the identity`] : []),
    ...(key.endsWith('__credential') && value !== 'managedidentity'
      ? [`setting ${key} must be managedidentity`]
      : []),
    ...secretParts
      .filter((part) => value.includes(part))
      .map((part) => `setting ${key} holds ${part}: use the identity`),
  ]);

export const settingsAreNowhereElse: Rule = (snapshot) => [
  ...ofType(snapshot, 'Microsoft.Web/sites')
    .filter((site) => JSON.stringify(site).match(/"(appSettings|connectionStrings)"/))
    .map((site) => `${site.name} has settings of its own: ${whereTheyBelong}`),
  ...snapshot.predictedResources
    .filter(({ type }) => /^Microsoft\.Web\/sites\/(slots\/)?config\b/.test(type))
    .filter((config) => config.type.includes('/slots/') || lastName(config) !== 'appsettings')
    .map((config) => `${config.name} may hold settings: ${whereTheyBelong}`),
];

const whereTheyBelong = 'they belong in infra/modules/app-settings.bicep';

import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AzdService, azdProblems, checkAzd, servicesIn } from '../../tools/infra/azd.ts';
import {
  type CodeFacts,
  missingScopes,
  readFacts,
  readRegistrations,
} from '../../tools/infra/facts.ts';
import { overwritten } from '../../tools/infra/rules/names.ts';
import {
  missingProviders,
  neededProviders,
  registeredProviders,
} from '../../tools/infra/rules/providers.ts';
import { keyReading, outputNames, secureValues } from '../../tools/infra/rules/template.ts';
import { applyRule, rulesFor } from '../../tools/infra/rules.ts';
import { lastName, ofType, type Resource, type Snapshot } from '../../tools/infra/snapshot.ts';
import { snapshotProblems } from '../../tools/infra/snapshots.ts';
import { diagnosticsIn } from '../../tools/infra/sources.ts';
import { root } from './source-files.ts';

const textOf = (name: string) => readFileSync(join(root, `infra/snapshots/${name}.json`), 'utf8');
const texts: Record<string, string> = { dev: textOf('dev'), prod: textOf('prod') };
const read = (name: string) => JSON.parse(texts[name] ?? '') as Snapshot;
const prod = () => read('prod');

let facts: CodeFacts;
beforeAll(async () => {
  facts = await readFacts(root);
});

/** What the rule says of the committed snapshot after a change. */
function problemsOf(rule: string, change: (snapshot: Snapshot) => void): string[] {
  const snapshot = prod();
  change(snapshot);
  const found = rulesFor(facts)[rule];
  if (!found) throw new Error(`no rule ${rule}`);
  return applyRule(found, { prod: snapshot }).problems;
}

/** Changes a part of the first resource of a type. */
function alter(type: string, path: string, value: unknown): (snapshot: Snapshot) => void {
  return (snapshot) => {
    const names = path.split('.');
    const last = names.pop() ?? '';
    let at = first(snapshot, type) as Record<string, unknown>;
    for (const name of names) at = at[name] as Record<string, unknown>;
    if (value === undefined) delete at[last];
    else at[last] = value;
  };
}

function first(snapshot: Snapshot, type: string): Resource {
  const [resource] = ofType(snapshot, type);
  if (!resource) throw new Error(`no ${type}`);
  return resource;
}

function without(type: string, name = ''): (snapshot: Snapshot) => void {
  return (snapshot) => {
    const gone = (each: Resource) => each.type.startsWith(type) && lastName(each).endsWith(name);
    const kept = snapshot.predictedResources.filter((each) => !gone(each));
    if (kept.length === snapshot.predictedResources.length) throw new Error(`no ${type} ${name}`);
    snapshot.predictedResources = kept;
  };
}

function set(key: string, value: string | undefined): (snapshot: Snapshot) => void {
  return alter('Microsoft.Web/sites/config', `properties.${key}`, value);
}

/** In text, wherever it stands. */
function replace(from: string, to: string): (snapshot: Snapshot) => void {
  return (snapshot) => {
    const changed = JSON.stringify(snapshot).replaceAll(from, to);
    if (changed === JSON.stringify(snapshot)) throw new Error(`no ${from}`);
    Object.assign(snapshot, JSON.parse(changed));
  };
}

const account = 'Microsoft.Storage/storageAccounts';
const site = 'Microsoft.Web/sites';
const registration = 'Microsoft.Graph/applications';
const policyRule = 'properties.policy.rules.0.definition.actions.baseBlob';
const tokensRole = (part: string, instead: string) => (snapshot: Snapshot) => {
  const role = ofType(snapshot, 'Microsoft.Authorization/roleAssignments').find(({ id }) =>
    id?.includes("/tables/tokens',"),
  );
  if (!role?.id) throw new Error('no role');
  if (!role.id.includes(part)) throw new Error(`no ${part}`);
  role.id = role.id.replace(part, instead);
};

type Case = [rule: string, what: string, change: (snapshot: Snapshot) => void, says: string];

const broken: Case[] = [
  [
    'no shared keys',
    'on',
    alter(account, 'properties.allowSharedKeyAccess', true),
    'must be false',
  ],
  [
    'no shared keys',
    'not said',
    alter(account, 'properties.allowSharedKeyAccess', undefined),
    'Shared',
  ],
  ['no shared keys', 'no account', without(account), 'there is no'],
  [
    'no public blob',
    'allowed',
    alter(account, 'properties.allowBlobPublicAccess', true),
    'everybody',
  ],
  [
    'no public blob',
    'a public container',
    alter(`${account}/blobServices/containers`, 'properties.publicAccess', 'Blob'),
    'deployments',
  ],
  ['TLS 1.2', 'older', alter(account, 'properties.minimumTlsVersion', 'TLS1_0'), 'TLS1_2'],
  ['TLS 1.2', 'http', alter(site, 'properties.httpsOnly', false), 'httpsOnly'],
  [
    'tables of the code',
    'one less',
    without(`${account}/tableServices/tables`, 'sids'),
    'uses sids',
  ],
  [
    'tables of the code',
    'one more',
    alter(`${account}/tableServices/tables`, 'name', 'account/default/other'),
    'no code uses other',
  ],
  [
    'queues of the code',
    'no poison',
    without(`${account}/queueServices/queues`, '-poison'),
    'refresh-poison',
  ],
  [
    'running package stays',
    'deleted',
    alter(`${account}/managementPolicies`, policyRule, {}),
    'package',
  ],
  [
    'Key Vault',
    'policies',
    alter('Microsoft.KeyVault/vaults', 'properties.enableRbacAuthorization', false),
    'Rbac',
  ],
  [
    'Key Vault',
    'purge',
    alter('Microsoft.KeyVault/vaults', 'properties.enablePurgeProtection', false),
    'Purge',
  ],
  [
    'Key Vault',
    'small key',
    alter('Microsoft.KeyVault/vaults/keys', 'properties.keySize', 2048),
    '3072',
  ],
  [
    'Key Vault',
    'no rotation',
    alter('Microsoft.KeyVault/vaults/keys', 'properties.rotationPolicy', undefined),
    'rotation policy',
  ],
  [
    'no local authentication',
    'telemetry',
    alter('Microsoft.Insights/components', 'properties.DisableLocalAuth', false),
    'DisableLocalAuth',
  ],
  [
    'no local authentication',
    'workspace',
    alter(
      'Microsoft.OperationalInsights/workspaces',
      'properties.features.disableLocalAuth',
      false,
    ),
    'disableLocalAuth',
  ],
  [
    'deployment by identity',
    'a connection string',
    replace('"UserAssignedIdentity"', '"StorageAccountConnectionString"'),
    'UserAssignedIdentity',
  ],
  [
    'deployment by identity',
    'a password',
    alter(`${site}/basicPublishingCredentialsPolicies`, 'properties.allow', true),
    'password',
  ],
  [
    'registration without secret',
    'a secret',
    alter(registration, 'properties.passwordCredentials', [{ displayName: 'secret' }]),
    'take it out',
  ],
  [
    'registration without secret',
    'no trust',
    without(`${registration}/federatedIdentityCredentials`),
    'trusts no',
  ],
  [
    'registration without secret',
    'another redirect URI',
    replace("{0}/callback'", "{0}/back'"),
    '/callback',
  ],
  [
    'registration without secret',
    'no front channel',
    replace('/front-channel', '/elsewhere'),
    'front-channel',
  ],
  ['registration without secret', 'no sid', replace('"name":"sid"', '"name":"acct"'), 'claim sid'],
  [
    'narrow roles',
    'the account',
    tokensRole('/tableServices/default/tables/tokens', ''),
    'give it in',
  ],
  [
    'narrow roles',
    'the group',
    (snapshot) => {
      const role = first(snapshot, 'Microsoft.Authorization/roleAssignments');
      role.id = "[resourceId('Microsoft.Authorization/roleAssignments', guid('name'))]";
    },
    'a resource group or more',
  ],
  [
    'narrow roles',
    'another role',
    replace('0a9a7e1f-b9d0', '17d1049b-9a84'),
    'not one that the app needs',
  ],
  [
    'narrow roles',
    'the group, by a name that is known',
    (snapshot) => {
      const role = first(snapshot, 'Microsoft.Authorization/roleAssignments');
      role.id =
        '/subscriptions/1/resourceGroups/2/providers/Microsoft.Authorization/roleAssignments/3';
    },
    'a resource group or more',
  ],
  [
    'names of roles',
    'by the name of the identity',
    alter(
      'Microsoft.Authorization/roleAssignments',
      'name',
      '155942f1-c68a-5a64-bc83-f8e5f771b49f',
    ),
    'made of the principal’s id',
  ],
  [
    'most instances',
    'too few',
    alter(site, 'properties.functionAppConfig.scaleAndConcurrency.maximumInstanceCount', 39),
    'must be 40 or more, is 39',
  ],
  [
    'most instances',
    'not said',
    alter(site, 'properties.functionAppConfig.scaleAndConcurrency.maximumInstanceCount', undefined),
    'must be 40 or more',
  ],
  ['narrow roles', 'a person', replace('"ServicePrincipal"', '"User"'), 'no service principal'],
  ['all roles', 'one less', tokensRole("/tables/tokens'", "/tables/other'"), 'default/tokens'],
  ['all settings', 'one less', set('PUBLIC_BASE_URL', undefined), 'PUBLIC_BASE_URL is missing'],
  ['all settings', 'a wrong one', set('REFRESH_SCHEDULE', 'often'), 'REFRESH_SCHEDULE'],
  [
    'all settings',
    'no host storage',
    set('AzureWebJobsStorage__accountName', undefined),
    'AzureWebJobsStorage',
  ],
  ['all settings', 'a secret instead', set('ENTRA_CREDENTIAL', 'secret'), 'ENTRA_CLIENT_SECRET'],
  [
    'all settings',
    'a certificate instead',
    (snapshot) => {
      set('ENTRA_CREDENTIAL', 'certificate')(snapshot);
      set('ENTRA_CLIENT_CERTIFICATE_PATH', '/home/cert.pem')(snapshot);
    },
    'managed identity',
  ],
  [
    'all settings',
    'another storage identity',
    set('TOKEN_STORAGE__credential', undefined),
    'use storage',
  ],
  [
    'all settings',
    'no vault',
    (snapshot) => {
      set('KEY_VAULT_KEY_ID', undefined)(snapshot);
      set('LOCAL_WRAPPING_KEY', Buffer.alloc(32).toString('base64'))(snapshot);
    },
    'Key Vault',
  ],
  [
    'all settings',
    'one expression',
    alter(`${site}/config`, 'properties', '[union()]'),
    'is missing',
  ],
  ['known settings', 'of the app', set('SESSION_IDLE_HOUR', '8'), 'SESSION_IDLE_HOUR'],
  [
    'known settings',
    'of the host',
    set('FUNCTIONS_WORKER_RUNTIME', 'node'),
    'FUNCTIONS_WORKER_RUNTIME',
  ],
  [
    'no secret settings',
    'an account key',
    set('AzureWebJobsStorage__clientId', 'AccountKey=x'),
    'AccountKey',
  ],
  [
    'no secret settings',
    'a SAS',
    set('GRAPH_SCOPES', 'SharedAccessSignature=x'),
    'SharedAccessSignature',
  ],
  [
    'no secret settings',
    'a connection string',
    set('TOKEN_STORAGE', 'DefaultEndpointsProtocol=https'),
    'DefaultEndpointsProtocol',
  ],
  ['no secret settings', 'a client secret', set('ENTRA_CLIENT_SECRET', '[secret]'), 'is a secret'],
  [
    'no secret settings',
    'another credential',
    set('AzureWebJobsStorage__credential', 'x'),
    'managedidentity',
  ],
  [
    'settings in one place',
    'in a resource beside them',
    (snapshot) => {
      const config = first(snapshot, 'Microsoft.Web/sites/config');
      const other = { ...config, name: 'app/connectionstrings', properties: {} };
      snapshot.predictedResources.push(other);
    },
    'connectionstrings',
  ],
  [
    'all settings',
    'host without its identity',
    set('AzureWebJobsStorage__clientId', undefined),
    'AzureWebJobsStorage__clientId',
  ],
  [
    'all settings',
    'blind alerts',
    set('APPLICATIONINSIGHTS_CONNECTION_STRING', undefined),
    'APPLICATIONINSIGHTS_CONNECTION_STRING',
  ],
  [
    'narrow roles',
    'to somebody else',
    alter('Microsoft.Authorization/roleAssignments', 'properties.principalId', 'somebody'),
    'somebody else',
  ],
  [
    'registration without secret',
    'trusts somebody else',
    alter(`${registration}/federatedIdentityCredentials`, 'properties.subject', 'repo:somebody'),
    'somebody else',
  ],
  [
    'settings in one place',
    'in the app',
    alter(site, 'properties.siteConfig.appSettings', []),
    'app-settings.bicep',
  ],
  [
    'alerts',
    'one less',
    without('Microsoft.Insights/scheduledQueryRules', '-breaker-open'),
    'breaker-open',
  ],
  [
    'alerts',
    'off',
    alter('Microsoft.Insights/metricAlerts', 'properties.enabled', false),
    'is off',
  ],
  [
    'queries of alerts and workbook',
    'another event',
    replace('"breaker-open', '"breaker-opened'),
    'breaker-opened',
  ],
  [
    'queries of alerts and workbook',
    'in an alert',
    replace('{\\"event\\":\\"breaker-open', '{\\"event\\":\\"fuse'),
    'fuse',
  ],
  [
    'queries of alerts and workbook',
    'another function',
    replace('\\"refresh-sweep\\"', '\\"sweep\\"'),
    'runs of sweep',
  ],
  [
    'queries of alerts and workbook',
    'other words',
    replace('not kept fresh', 'stale'),
    'are stale',
  ],
  [
    'queries of alerts and workbook',
    'another state of the log',
    replace('OverQuota', 'OverLimit'),
    'OverLimit',
  ],
  [
    'queries of alerts and workbook',
    'another table',
    replace('_LogOperation', 'LogOperation'),
    'table “LogOperation”',
  ],
  [
    'limit of the log',
    'not asked for',
    replace('toscalar(_LogOperation', 'toscalar(AppTraces'),
    'sweep-missing',
  ],
  [
    'limit of the log',
    'asked for, and not heeded',
    replace(' and not(coalesce(capped, false))', ''),
    'sweep-missing',
  ],
  [
    'limit of the log',
    'not asked for by an alert on fewer than one',
    replace('where runs == 0 and not(coalesce(capped, false))', 'where runs < 1'),
    'sweep-missing',
  ],
  [
    'limit of the log',
    'the other way round',
    replace('not(coalesce(capped, false))', 'coalesce(capped, false)'),
    'sweep-missing',
  ],
  [
    'queries of alerts and workbook',
    'a state that Azure does not write there',
    replace('or Detail has \\"OverQuota', 'or Detail has \\"RespectQuota'),
    'RespectQuota',
  ],
  [
    'limit of the log',
    'only a while ago',
    replace('"overrideQueryTimeRange":"P1D"', '"overrideQueryTimeRange":"PT1H"'),
    'sweep-missing',
  ],
  [
    'alerts',
    'none on the limit of the log',
    without('Microsoft.Insights/scheduledQueryRules', '-logs-capped'),
    'logs-capped',
  ],
  [
    'always ready functions',
    'another name',
    replace('function:refresh-worker', 'function:worker'),
    'function:worker',
  ],
];

describe('what would be deployed', () => {
  it.each(['dev', 'prod'])('keeps every rule: %s', (name) => {
    const snapshot = read(name);
    for (const [rule, apply] of Object.entries(rulesFor(facts))) {
      expect(apply(snapshot), rule).toEqual([]);
    }
  });

  it.each(broken)('is refused by “%s”: %s', (rule, _what, change, says) => {
    expect(problemsOf(rule, change).join('\n')).toContain(says);
  });

  it('has for each rule a case that it refuses', () => {
    const tried = new Set(broken.map(([rule]) => rule));
    expect(Object.keys(rulesFor(facts)).filter((rule) => !tried.has(rule))).toEqual([]);
  });
});

describe('the compiled template', () => {
  const nested = (resource: object) => ({ resources: [{ properties: { template: resource } }] });

  it('has no secure parameter', () => {
    const template = nested({ parameters: { a: { type: 'secureString' }, b: { type: 'string' } } });
    expect(secureValues(template)).toEqual([expect.stringContaining('a is a secureString')]);
  });

  it('has no secure output', () => {
    const template = nested({ outputs: { a: { type: 'SecureObject' } } });
    expect(secureValues(template)).toEqual([expect.stringContaining('a is a SecureObject')]);
  });

  it('has none in a type of its own', () => {
    const template = { definitions: { made: { properties: { b: { type: 'securestring' } } } } };
    expect(secureValues(template)).toEqual([expect.stringContaining('b is a securestring')]);
  });

  it('has outputs that are found by their names', () => {
    const template = { outputs: { AZURE_NAME: { type: 'string' }, name: { type: 'string' } } };
    expect(outputNames(template)).toEqual([expect.stringContaining('AZURE_NAME')]);
  });

  it.each(['listKeys', 'listAccountSas', 'listSecrets'])('does not call %s', (name) => {
    const template = nested({ outputs: { a: { value: `[${name}('x', '2025-06-01').keys]` } } });
    expect(keyReading(template)).toEqual([expect.stringContaining(name)]);
  });
});

describe('the runbook', () => {
  const page = readFileSync(join(root, 'docs/runbook.md'), 'utf8');
  // Only the parts about alerts begin in lower case.
  const parts = [...page.matchAll(/^#+ ([a-z].*)$/gm)].map(([, name]) => name);
  const alerts = ofType(prod(), 'Microsoft.Insights/scheduledQueryRules')
    .concat(ofType(prod(), 'Microsoft.Insights/metricAlerts'))
    .map((alert) => ({ ...alert, name: lastName(alert).replace(/^evergreen-prod-\w{13}-/, '') }));

  it.each(alerts)('says what to do about $name', ({ name }) => {
    expect(parts).toContain(name);
  });

  it.each(alerts)('is where $name sends people', ({ name, properties }) => {
    expect(properties?.['description']).toContain(`What to do: docs/runbook.md, “${name}”.`);
  });

  it('speaks of no alert that there isn’t', () => {
    expect(parts.sort()).toEqual(alerts.map(({ name }) => name).sort());
  });
});

describe('two azd environments in one resource group', () => {
  const suffix = lastName(first(prod(), account)).replace('stevergreen', '');
  const another = () => {
    const snapshot = prod();
    replace(suffix, 'a'.repeat(suffix.length))(snapshot);
    replace(lastName(first(snapshot, 'Microsoft.Insights/workbooks')), 'a-guid')(snapshot);
    return snapshot;
  };

  it('have no resource in common', () => {
    expect(suffix).toHaveLength(13);
    expect(overwritten(prod(), another())).toEqual([]);
  });

  it.each([
    ['an alert', 'evergreen-prod-sweep-missing', `evergreen-prod-${suffix}-sweep-missing`],
    ['a vault', 'vaults/kv-eg', `vaults/kv-eg-${suffix}`],
  ])('are told apart by %s', (_what, name, unique) => {
    const [one, other] = [prod(), another()];
    replace(unique, name)(one);
    replace(unique.replace(suffix, 'a'.repeat(suffix.length)), name)(other);
    expect(overwritten(one, other).join('\n')).toContain(name);
  });

  it('are told apart by the registration', () => {
    const [one, other] = [prod(), another()];
    for (const each of [one, other]) alter(registration, 'properties.uniqueName', 'eg')(each);
    expect(overwritten(one, other)).toEqual([expect.stringContaining(`${registration}@v1.0 eg`)]);
  });
});

describe('resource providers', () => {
  const commands = (...names: string[]) =>
    `Others: Microsoft.Sql.\n\n\`\`\`\nfor name in ${names.join(' ')}; do\n  az provider register --wait --namespace $name\ndone\n\`\`\`\n`;

  it.each(['dev', 'prod'])('are registered as the docs say: %s', async (name) => {
    expect(missingProviders(read(name), (await readRegistrations(root))[name])).toEqual([]);
  });

  it('are those of the resources, and of the service that gets a subnet', () => {
    expect(neededProviders(prod())).toEqual([
      'Microsoft.App',
      'Microsoft.Insights',
      'Microsoft.KeyVault',
      'Microsoft.ManagedIdentity',
      'Microsoft.Network',
      'Microsoft.OperationalInsights',
      'Microsoft.Storage',
      'Microsoft.Web',
    ]);
  });

  it.each(neededProviders(prod()))('are incomplete without %s', (name) => {
    const others = neededProviders(prod()).filter((each) => each !== name);
    expect(missingProviders(prod(), registeredProviders(commands(...others)))).toEqual([
      expect.stringContaining(name),
    ]);
  });

  it('are those of the commands, and of nothing else on a page', () => {
    expect(registeredProviders(commands('Microsoft.Web', 'Microsoft.App'))).toEqual([
      'Microsoft.Web',
      'Microsoft.App',
    ]);
  });
});

describe('azure.yaml', () => {
  const text = readFileSync(join(root, 'azure.yaml'), 'utf8');
  const outputs = Object.keys(prod().outputs ?? {});
  const problemsWith = (change: AzdService, withIgnoreFile: string[] = []) => {
    const { app } = servicesIn(text);
    return azdProblems({ app: { ...app, ...change } }, { withIgnoreFile, outputs });
  };

  it('lets azd up complete', async () => {
    expect((await checkAzd(root, outputs)).problems).toEqual([]);
  });

  it('is refused with a build in Azure', () => {
    expect(problemsWith({ remoteBuild: true })).toEqual([expect.stringContaining('remoteBuild')]);
  });

  it('is refused with remoteBuild: false next to an ignore file', () => {
    expect(problemsWith({}, ['app'])).toEqual([expect.stringContaining('.funcignore')]);
  });

  it('is refused with such a file in the folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'azd-'));
    try {
      await writeFile(join(folder, 'azure.yaml'), text);
      expect((await checkAzd(folder, outputs)).problems).toEqual([]);
      await writeFile(join(folder, '.funcignore'), 'node_modules\n');
      expect((await checkAzd(folder, outputs)).problems).toHaveLength(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each(['', 'func-evergreen', `\${functionApp}`])('is refused with the target “%s”', (name) => {
    expect(problemsWith({ resourceName: name })).toEqual([expect.stringContaining('output')]);
  });

  it('is refused without a function app', () => {
    expect(problemsWith({ host: 'appservice' })).toEqual([expect.stringContaining('no service')]);
  });
});

describe('snapshots', () => {
  it('are as what would be deployed', () => {
    expect(snapshotProblems('prod', prod(), prod())).toEqual([]);
  });

  it('name the places at which they are not', () => {
    const other = prod();
    alter(account, 'properties.minimumTlsVersion', 'TLS1_0')(other);
    expect(snapshotProblems('prod', prod(), other)).toEqual([
      expect.stringContaining('--update'),
      expect.stringMatching(
        /differs: resources\.Microsoft\.Storage\/storageAccounts \w+\.properties\.minimumTlsVersion$/,
      ),
    ]);
  });

  it('must be there', () => {
    expect(snapshotProblems('prod', prod(), null)).toHaveLength(2);
  });
});

describe('the code', () => {
  it('opens tables and has functions', () => {
    expect(facts.tables).toContain('tokens');
    expect(facts.functions).toContain('refresh-sweep');
    expect(facts.functions).toContain('user-token');
  });

  it('asks Graph for scopes whose ids are known', async () => {
    expect(await missingScopes(root)).toEqual([]);
  });
});

describe('the compiler’s words', () => {
  it('are problems by file, warnings too', () => {
    const output = [
      '/tmp/infra-x/infra/modules/a.bicep(3,7) : Warning no-unused-params: Parameter "b" is not used.',
      'WARNING: something about the compiler itself',
    ].join('\n');
    expect(diagnosticsIn(output)).toEqual([
      'infra/modules/a.bicep(3,7) : Warning no-unused-params: Parameter "b" is not used.',
    ]);
  });
});

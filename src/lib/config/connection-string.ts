import { parseAddress, withoutSlash } from '../basics/address.ts';

/** What a storage account's connection string says. Addresses have no slash at their end. */
export type StorageAccount = {
  tableUrl: string;
  queueUrl: string;
} & (
  | {
      kind: 'key';
      name: string;
      /** In base64. */
      key: string;
    }
  | { kind: 'signature' }
);

type Values = ReadonlyMap<string, string>;

/** Azurite's account, as every Azure tool finds it. Its key is public. */
export const developmentAccount = {
  name: 'devstoreaccount1',
  key: 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
} as const;

const development: Values = new Map([
  ['DefaultEndpointsProtocol', 'http'],
  ['AccountName', developmentAccount.name],
  ['AccountKey', developmentAccount.key],
  ['TableEndpoint', 'http://127.0.0.1:10002/devstoreaccount1'],
  ['QueueEndpoint', 'http://127.0.0.1:10001/devstoreaccount1'],
]);

/**
 * Parses a storage account's connection string. It accepts only what the Tables SDK, the Queues SDK
 * and the Functions host all accept, so that none of them can fail on it later.
 *
 * @throws Error that says what to correct, and quotes nothing: a connection string is a secret.
 * @see https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string
 */
export function parseConnectionString(text: string): StorageAccount {
  if (!/UseDevelopmentStorage/i.test(text)) return parseAccount(valuesOf(text));
  if (/^UseDevelopmentStorage=true;?$/.test(text)) return parseAccount(development);
  throw new Error('must be UseDevelopmentStorage=true and nothing else, or name an account');
}

function parseAccount(values: Values): StorageAccount {
  if (values.has('AccountKey')) return accountByKey(values);
  if (values.has('SharedAccessSignature')) return accountBySignature(values);
  throw new Error('must have AccountName and AccountKey, or SharedAccessSignature');
}

function accountByKey(values: Values): StorageAccount {
  const name = values.get('AccountName') ?? '';
  const key = values.get('AccountKey') ?? '';
  if (!/^[a-z\d-]{1,63}$/i.test(name)) {
    throw new Error('must have an AccountName of letters and digits');
  }
  if (key === '' || Buffer.from(key, 'base64').toString('base64') !== key) {
    throw new Error('must have an AccountKey in base64, copied whole');
  }
  if (!/^https?$/.test(values.get('DefaultEndpointsProtocol') ?? '')) {
    throw new Error('must have DefaultEndpointsProtocol=https');
  }
  return { kind: 'key', name, key, ...endpointsOf(values) };
}

function accountBySignature(values: Values): StorageAccount {
  const signature = values.get('SharedAccessSignature') ?? '';
  const isQuery = /^[\w%&=.,:+/*~-]+$/.test(signature);
  if (!isQuery || !new URLSearchParams(signature).get('sig')) {
    throw new Error('must have a SharedAccessSignature such as sv=…&sig=…, without a leading ?');
  }
  const endpoints = endpointsOf(values);
  // The Tables SDK takes the account's name from the address.
  const { hostname, pathname } = new URL(endpoints.tableUrl);
  if (hostname.split('.')[1] !== 'table' && pathname === '/') {
    throw new Error('must have a TableEndpoint such as https://ACCOUNT.table.core.windows.net');
  }
  return { kind: 'signature', ...endpoints };
}

function endpointsOf(values: Values): Pick<StorageAccount, 'tableUrl' | 'queueUrl'> {
  return {
    tableUrl: endpointOf(values, 'TableEndpoint', 'table'),
    queueUrl: endpointOf(values, 'QueueEndpoint', 'queue'),
  };
}

function endpointOf(values: Values, name: string, service: string): string {
  const url = parseAddress(values.get(name) ?? defaultEndpoint(values, name, service));
  if (url) return withoutSlash(url.href);
  const source = values.has(name) ? name : 'DefaultEndpointsProtocol and EndpointSuffix';
  throw new Error(`must have an https address in ${source} (http only on loopback)`);
}

function defaultEndpoint(values: Values, name: string, service: string): string {
  const [account, suffix] = [values.get('AccountName'), values.get('EndpointSuffix')];
  if (!account || !suffix || !values.has('AccountKey')) {
    throw new Error(`must have ${name}, or AccountName, AccountKey and EndpointSuffix`);
  }
  // A suffix is part of a host's name, and can't lead to another host or path.
  if (!/^[a-z\d.-]+$/i.test(suffix)) {
    throw new Error('must have an EndpointSuffix such as core.windows.net');
  }
  return `${values.get('DefaultEndpointsProtocol')}://${account}.${service}.${suffix}`;
}

/** The SDKs disagree about which of two values counts, and about names in another letter case. */
function valuesOf(text: string): Values {
  const values = new Map<string, string>();
  for (const part of text.split(';').map((each) => each.trim())) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const name = part.slice(0, Math.max(at, 0));
    if (!/^[A-Za-z]+$/.test(name)) throw new Error('must be NAME=VALUE pairs, separated by ;');
    if (values.has(name)) throw new Error('has a name twice');
    values.set(name, part.slice(at + 1));
  }
  return values;
}

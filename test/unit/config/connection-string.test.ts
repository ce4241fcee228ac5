import { TableClient } from '@azure/data-tables';
import { QueueServiceClient } from '@azure/storage-queue';
import { describe, expect, it } from 'vitest';
import { parseConnectionString } from '../../../src/lib/config/connection-string.ts';
import { hostileSettings } from '../../support/hostile-settings.ts';

const key = Buffer.alloc(64, 1).toString('base64');
const azure = `DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=${key}`;
const local = `DefaultEndpointsProtocol=http;AccountName=acct;AccountKey=${key}`;
const signature = 'SharedAccessSignature=sv=2022-11-02&ss=qt&spr=https,http&sig=a%2Fb%3D';

const accepted = [
  'UseDevelopmentStorage=true',
  'UseDevelopmentStorage=true;',
  `${azure};EndpointSuffix=core.windows.net`,
  `${azure};EndpointSuffix=core.windows.net;`,
  ` ${azure} ; EndpointSuffix=core.windows.net`,
  `${azure};EndpointSuffix=CORE.chinacloudapi.cn`,
  `${azure};TableEndpoint=https://t.example/;QueueEndpoint=https://q.example:8443/path/`,
  `${local};TableEndpoint=http://127.0.0.1:10002/acct;QueueEndpoint=http://127.0.0.1:10001/acct`,
  `${local};TableEndpoint=http://[::1]:10002/acct;QueueEndpoint=http://localhost:10001/acct`,
  `${local};EndpointSuffix=localhost`,
  `${azure};BlobEndpoint=https://b.example;EndpointSuffix=core.windows.net`,
  `${signature};TableEndpoint=https://acct.table.x.net;QueueEndpoint=https://acct.queue.x.net/`,
  `TableEndpoint=http://127.0.0.1:10002/acct;QueueEndpoint=http://127.0.0.1:10001/acct;${signature}`,
];

/** Where the SDKs send their requests. */
function sdkUrls(text: string) {
  const options = { allowInsecureConnection: true };
  const [tableUrl, queueUrl] = [
    TableClient.fromConnectionString(text, 'any', options).url,
    QueueServiceClient.fromConnectionString(text).url,
  ].map((url) => url.replace(/[?].*$/, '').replace(/\/$/, ''));
  return { tableUrl, queueUrl };
}

describe('a connection string', () => {
  it.each(accepted)('leads to where the SDKs send their requests: %s', (text) => {
    const { tableUrl, queueUrl } = parseConnectionString(text);
    const urls = sdkUrls(text);
    expect([tableUrl, queueUrl]).toEqual([
      new URL(urls.tableUrl ?? '').href.replace(/\/$/, ''),
      new URL(urls.queueUrl ?? '').href.replace(/\/$/, ''),
    ]);
  });

  it.each(hostileSettings['TOKEN_STORAGE'] ?? [])('is refused: %s', (text) => {
    expect(() => parseConnectionString(text)).toThrow(/^(must|has) /);
  });

  it('that the Tables SDK or the Queues SDK refuses is refused', () => {
    const refused = (hostileSettings['TOKEN_STORAGE'] ?? []).filter((text) => {
      try {
        sdkUrls(text);
        return false;
      } catch {
        return true;
      }
    });
    expect(refused.length).toBeGreaterThan(10);
    for (const text of refused) expect(() => parseConnectionString(text)).toThrow();
  });

  it('has an account’s name and key, or a signature', () => {
    const [byKey, bySignature] = [accepted[2], accepted[11]].map((text) =>
      parseConnectionString(text ?? ''),
    );
    expect(byKey).toEqual({
      ...{ kind: 'key', name: 'acct', key },
      tableUrl: 'https://acct.table.core.windows.net',
      queueUrl: 'https://acct.queue.core.windows.net',
    });
    expect(bySignature).toEqual({
      kind: 'signature',
      tableUrl: 'https://acct.table.x.net',
      queueUrl: 'https://acct.queue.x.net',
    });
  });
});

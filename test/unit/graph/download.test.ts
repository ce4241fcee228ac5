import { describe, expect, it } from 'vitest';
import { downloadUrl } from '../../../src/lib/graph/download.ts';

const graph = 'https://graph.microsoft.com';
const loopback = 'http://127.0.0.1:4001';

describe('the address of a file', () => {
  it.each([
    'https://contoso.sharepoint.com/_layouts/15/download.aspx?UniqueId=1&tempauth=v1.x',
    'https://public.dm.files.1drv.com/y4m/file',
    'https://contoso.sharepoint.com:443/x',
    `${graph}/v1.0/x`,
  ])('may be %s', (location) => {
    expect(downloadUrl(location, graph)).toBe(new URL(location).href);
  });

  it('may be on Graph’s own origin, if that is a stand-in', () => {
    expect(downloadUrl(`${loopback}/file?x=1`, loopback)).toBe(`${loopback}/file?x=1`);
  });

  it.each([
    undefined,
    '',
    '/relative',
    '//contoso.sharepoint.com/x',
    'not an address',
    'http://contoso.sharepoint.com/x',
    'ftp://contoso.sharepoint.com/x',
    'file:///etc/passwd',
    'data:text/plain,x',
    'https://127.0.0.1/x',
    'https://169.254.169.254/metadata/instance',
    'https://2852039166/x',
    'https://0xa9fea9fe/x',
    'https://[::1]/x',
    'https://[::ffff:169.254.169.254]/x',
    'https://localhost/x',
    'https://localhost./x',
    'https://intranet./x',
    'https://intranet/x',
    'https://user@contoso.sharepoint.com/x',
    'https://user:password@contoso.sharepoint.com/x',
    'https://contoso.sharepoint.com:8443/x',
    'https://contoso.sharepoint.com:80/x',
    `${loopback}/x`,
  ])('can’t be %s', (location) => {
    expect(downloadUrl(location, graph)).toBeUndefined();
  });

  it.each([
    'http://127.0.0.1:4002/x',
    'https://127.0.0.1:4001/x',
    'http://localhost:4001/x',
    'http://user@127.0.0.1:4001/x',
  ])('can’t be elsewhere on loopback: %s', (location) => {
    expect(downloadUrl(location, loopback)).toBeUndefined();
  });
});

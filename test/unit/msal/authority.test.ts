import { describe, expect, it } from 'vitest';
import {
  accessTokenIssuers,
  createAuthority,
  issuerOf,
  jwksUri,
} from '../../../src/lib/msal/authority.ts';

const cloud = {
  host: 'https://login.microsoftonline.us',
  tenant: 'tenant-1',
  allowedTenants: ['tenant-1'],
  metadata: undefined,
};
const metadata = {
  issuer: 'http://localhost:4000/{tenantid}/v2.0',
  authorization_endpoint: 'http://localhost:4000/authorize',
  token_endpoint: 'http://127.0.0.1:4001/token',
  jwks_uri: 'http://localhost:4000/keys',
  end_session_endpoint: 'http://localhost:4000/logout',
};

describe('the authority', () => {
  it('of a cloud is its host', () => {
    const authority = createAuthority(cloud);
    expect(authority.url).toBe('https://login.microsoftonline.us/tenant-1');
    expect(JSON.parse(authority.metadata)).toMatchObject({
      token_endpoint: 'https://login.microsoftonline.us/tenant-1/oauth2/v2.0/token',
    });
    expect([...authority.tokenOrigins]).toEqual(['https://login.microsoftonline.us']);
    expect(authority.endSessionEndpoint).toBe(
      'https://login.microsoftonline.us/tenant-1/oauth2/v2.0/logout',
    );
    expect(issuerOf(cloud, 'tenant-2')).toBe('https://login.microsoftonline.us/tenant-2/v2.0');
  });

  it('of a user of one of many tenants is their own', () => {
    const many = { ...cloud, tenant: 'organizations' };
    expect(createAuthority(many).url).toBe('https://login.microsoftonline.us/organizations');
    const { url, metadata: json } = createAuthority(many, 'tenant-2');
    expect(url).toBe('https://login.microsoftonline.us/tenant-2');
    expect(JSON.parse(json).token_endpoint).toContain('/tenant-2/');
  });

  it('of a stand-in is what its metadata says', () => {
    const standIn = { ...cloud, host: 'http://localhost:4000', metadata };
    const authority = createAuthority(standIn);
    expect([...authority.tokenOrigins]).toEqual(['http://127.0.0.1:4001']);
    expect(JSON.parse(authority.metadata)).toEqual(metadata);
    expect(authority.endSessionEndpoint).toBe(metadata.end_session_endpoint);
    expect(issuerOf(standIn, 'tenant-2')).toBe('http://localhost:4000/tenant-2/v2.0');
  });
});

describe('the access tokens of back ends', () => {
  it('have an issuer of version 1 or 2, and the cloud’s keys', () => {
    expect(accessTokenIssuers(cloud, 'tenant-2')).toEqual([
      'https://login.microsoftonline.us/tenant-2/v2.0',
      'https://sts.windows.net/tenant-2/',
    ]);
    expect(jwksUri(cloud)).toBe('https://login.microsoftonline.us/tenant-1/discovery/v2.0/keys');
  });

  it('have China’s issuer there', () => {
    const china = { ...cloud, host: 'https://login.partner.microsoftonline.cn' };
    expect(accessTokenIssuers(china, 'tenant-2')[1]).toBe('https://sts.chinacloudapi.cn/tenant-2/');
  });

  it('of a stand-in have its issuer and its keys', () => {
    const standIn = { ...cloud, host: 'http://localhost:4000', metadata };
    expect(accessTokenIssuers(standIn, 'tenant-2')).toEqual([
      'http://localhost:4000/tenant-2/v2.0',
    ]);
    expect(jwksUri(standIn)).toBe(metadata.jwks_uri);
  });
});

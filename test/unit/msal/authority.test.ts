import { describe, expect, it } from 'vitest';
import { createAuthority, issuerOf } from '../../../src/lib/msal/authority.ts';

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
    expect(authority.metadata).toBe('');
    expect([...authority.tokenOrigins]).toEqual(['https://login.microsoftonline.us']);
    expect(authority.endSessionEndpoint).toBe(
      'https://login.microsoftonline.us/tenant-1/oauth2/v2.0/logout',
    );
    expect(issuerOf(cloud, 'tenant-2')).toBe('https://login.microsoftonline.us/tenant-2/v2.0');
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

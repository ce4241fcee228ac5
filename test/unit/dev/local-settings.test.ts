import { describe, expect, it } from 'vitest';
import { namesRealTenant, whyNoRealTenant } from '../../../dev/local-settings.ts';
import { describeSummary } from '../../../dev/summary.ts';

const id = '11111111-2222-4333-8444-555555555555';
const zeros = '00000000-0000-0000-0000-000000000000';
const real = { ENTRA_TENANT_ID: id, ENTRA_CLIENT_ID: id };
const noTenantId = 'ENTRA_TENANT_ID is not the tenant’s id (a GUID) or organizations';
const noClientId = 'ENTRA_CLIENT_ID is not the app registration’s id (a GUID)';

describe('a real tenant', () => {
  it.each([
    ['a GUID', {}],
    ['space around it', { ENTRA_TENANT_ID: ` ${id} ` }],
    ['organizations', { ENTRA_TENANT_ID: 'organizations' }],
    ['a name, with metadata', { ENTRA_TENANT_ID: 'contoso', ENTRA_AUTHORITY_METADATA: '{}' }],
  ])('is named by %s', (_name, change) => {
    expect(namesRealTenant({ ...real, ...change })).toBe(true);
    expect(whyNoRealTenant({ ...real, ...change })).toBeUndefined();
  });
});

describe('the stand-in', () => {
  it.each([
    ['nothing', {}],
    ['placeholders', { ENTRA_TENANT_ID: zeros, ENTRA_CLIENT_ID: zeros }],
    ['space', { ENTRA_TENANT_ID: ' ' }],
  ])('is what %s asks for, without a word', (_name, values) => {
    expect(namesRealTenant(values)).toBe(false);
    expect(whyNoRealTenant(values)).toBeUndefined();
  });

  it.each<[string, Record<string, string>]>([
    ['ENTRA_TENANT_ID is missing', { ENTRA_CLIENT_ID: id }],
    ['ENTRA_CLIENT_ID is missing', { ENTRA_TENANT_ID: id }],
    ['ENTRA_CLIENT_ID is missing', { ...real, ENTRA_CLIENT_ID: zeros }],
    [noTenantId, { ...real, ENTRA_TENANT_ID: '<your tenant>' }],
    [noTenantId, { ...real, ENTRA_TENANT_ID: 'contoso.onmicrosoft.com' }],
    [noClientId, { ...real, ENTRA_CLIENT_ID: `${id}0` }],
    [`${noTenantId}, ENTRA_CLIENT_ID is missing`, { ENTRA_TENANT_ID: 'common' }],
    [`${noTenantId}, ${noClientId}`, { ENTRA_TENANT_ID: 'a', ENTRA_CLIENT_ID: 'b' }],
  ])('replaces a real tenant because %s', (why, values) => {
    expect(namesRealTenant(values)).toBe(false);
    expect(whyNoRealTenant(values)).toBe(why);
  });

  it('tells so in one line of the summary', () => {
    const summary = {
      appOrigin: 'http://localhost:7071',
      host: 'a host',
      storage: undefined,
      standIn: {
        ...{ identityProvider: '', graph: '', users: [], settings: {}, defaults: {} },
        close: async () => {},
      },
    };
    const why = 'ENTRA_CLIENT_ID is missing';
    expect(describeSummary({ ...summary, whyStandIn: why }).split('\n')).toContain(
      `  note     ${why}: the stand-in is used instead`,
    );
    expect(describeSummary({ ...summary, whyStandIn: undefined })).not.toContain('note');
  });
});

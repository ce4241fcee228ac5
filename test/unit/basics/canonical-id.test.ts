import { describe, expect, it } from 'vitest';
import { canonicalId, isGuid, sameIssuer } from '../../../src/lib/basics/canonical-id.ts';

const upper = 'ABCDEF01-2222-4333-8444-55555555FFFF';
const lower = upper.toLowerCase();

describe('an id', () => {
  it('that is a GUID is in lower case', () => {
    expect(canonicalId(upper)).toBe(lower);
    expect([isGuid(upper), isGuid(lower)]).toEqual([true, true]);
  });

  it.each(['Contoso', `${upper}0`, `"${upper}"`, `${upper}\n`, ''])('%j stays as it is', (text) => {
    expect(canonicalId(text)).toBe(text);
    expect(isGuid(text)).toBe(false);
  });
});

describe('two issuers', () => {
  const issuer = `https://login.example.com/${lower}/v2.0`;

  it.each([
    issuer,
    `HTTPS://Login.Example.com/${lower}/v2.0`,
    `https://login.example.com/${upper}/v2.0`,
  ])('are one: %s', (other) => {
    expect(sameIssuer(issuer, other)).toBe(true);
    expect(sameIssuer(other, issuer)).toBe(true);
  });

  it.each([
    `${issuer}/`,
    `https://login.example.com/${lower}/V2.0`,
    `https://login.example.com.evil.example/${lower}/v2.0`,
    `http://login.example.com/${lower}/v2.0`,
    undefined,
    [issuer],
  ])('are two: %j', (other) => {
    expect(sameIssuer(issuer, other)).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { ClaimsChallenge } from '../../../src/lib/auth/tokens/claims-challenge.ts';
import { parseClaimsChallenge } from '../../../src/lib/graph/challenge.ts';

const claims = '{"access_token":{"nbf":{"essential":true,"value":"1>>?1~~~"}}}';
const encoded = Buffer.from(claims).toString('base64');
const challenge = (more: string) => `Bearer realm="", authorization_uri="https://x", ${more}`;

describe('a WWW-Authenticate header', () => {
  it.each([
    ['as Graph sends it', challenge(`error="insufficient_claims", claims="${encoded}"`)],
    ['in another order', challenge(`claims="${encoded}", error="insufficient_claims"`)],
    ['with other spaces', challenge(`Error = "insufficient_claims",claims ="${encoded}"`)],
    [
      'with base64url',
      `Bearer error="insufficient_claims", claims="${Buffer.from(claims).toString('base64url')}"`,
    ],
    ['with text between', challenge(`error="insufficient_claims", x="a=b", claims="${encoded}"`)],
  ])('holds a claims challenge %s', (_name, header) => {
    const parsed = parseClaimsChallenge(header);
    expect(parsed).toBeInstanceOf(ClaimsChallenge);
    expect(parsed?.claims).toBe(claims);
  });

  it.each<[string, string | undefined]>([
    ['there is none', undefined],
    ['it is empty', ''],
    ['it is plain', 'Bearer realm=""'],
    ['the error is another', challenge(`error="invalid_token", claims="${encoded}"`)],
    ['there is no error', challenge(`claims="${encoded}"`)],
    ['there are no claims', challenge('error="insufficient_claims"')],
    ['the claims are empty', challenge('error="insufficient_claims", claims=""')],
    ['the claims are no base64', challenge('error="insufficient_claims", claims="{}"')],
    [
      'the claims are no object',
      challenge(`error="insufficient_claims", claims="${Buffer.from('"x"').toString('base64')}"`),
    ],
    [
      'the claims are cut short',
      challenge(`error="insufficient_claims", claims="${encoded.slice(0, 40)}"`),
    ],
    [
      'it is far too long',
      challenge(`error="insufficient_claims", claims="${encoded}", x="${'x'.repeat(4096)}"`),
    ],
  ])('holds none: %s', (_name, header) => {
    expect(parseClaimsChallenge(header)).toBeUndefined();
  });
});

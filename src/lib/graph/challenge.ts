import { ClaimsChallenge } from '../auth/tokens/claims-challenge.ts';
import { parseObject } from '../basics/json-object.ts';

const maxLength = 4_096;

/**
 * The claims challenge in a `WWW-Authenticate` header, if there is one.
 *
 * @see RFC 9110 section 11.6.1
 * @see https://learn.microsoft.com/entra/identity-platform/claims-challenge#claims-challenge-header-format
 */
export function parseClaimsChallenge(header: string | undefined): ClaimsChallenge | undefined {
  if (!header || header.length > maxLength) return undefined;
  const parameters = new Map(
    [...header.matchAll(/([\w-]+)\s*=\s*"([^"]*)"/g)].map(([, name = '', value = '']) => [
      name.toLowerCase(),
      value,
    ]),
  );
  if (parameters.get('error') !== 'insufficient_claims') return undefined;
  const claims = Buffer.from(parameters.get('claims') ?? '', 'base64').toString('utf8');
  return parseObject(claims) ? new ClaimsChallenge(claims) : undefined;
}

import { decodeJwt } from 'jose';
import { accountIdOf } from './claims.ts';
import type { Directory } from './directory.ts';

export interface TokenAnswer {
  readonly access_token: string;
  readonly expires_in: number;
  readonly token_type: string;
  readonly scope: string;
  readonly id_token?: string;
  readonly refresh_token?: string;
  readonly ext_expires_in?: number;
  readonly refresh_in?: number;
  readonly client_info?: string;
}

/** oidc-provider's token answer with what Entra's has besides. */
export function entraTokenAnswer(
  answer: TokenAnswer,
  {
    tenantId,
    directory,
    refreshIn,
  }: { tenantId: string; directory: Directory; refreshIn: number | undefined },
): TokenAnswer {
  const { oid } = decodeJwt(answer.access_token);
  const { home } = directory.byAccountId(accountIdOf(String(oid))) ?? {};
  const clientInfo = { uid: home?.oid ?? oid, utid: home?.tid ?? tenantId };
  return {
    ...answer,
    scope: [...openidScopesOf(answer.id_token), answer.scope].join(' ').trim(),
    ext_expires_in: answer.expires_in,
    client_info: Buffer.from(JSON.stringify(clientInfo)).toString('base64url'),
    ...(refreshIn === undefined ? {} : { refresh_in: refreshIn }),
  };
}

/** The granted OpenID scopes, which show in the ID token; Entra lists them with Graph's. */
function openidScopesOf(idToken: string | undefined): string[] {
  if (!idToken) return [];
  const claims = decodeJwt(idToken);
  return [
    'openid',
    ...('preferred_username' in claims ? ['profile'] : []),
    ...('email' in claims ? ['email'] : []),
  ];
}

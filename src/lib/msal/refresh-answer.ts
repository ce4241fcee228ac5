import type { AccountInfo } from '@azure/msal-node';
import { assertSameUser } from '../auth/sign-in/id-token.ts';
import type { UserHash } from '../auth/user.ts';
import type { TokenResponse } from './network-client.ts';

/**
 * The answer to a refresh, checked and completed before MSAL reads it.
 *
 * An ID token in it must be about the account's user. What it leaves out of whose tokens these are
 * is filled in, because MSAL would drop them: a provider need not send an ID token with a refresh.
 *
 * @throws AppError `bad_gateway` for an ID token of anybody else.
 * @see OpenID Connect Core section 12.2
 */
export function completeAnswer(
  body: TokenResponse,
  account: AccountInfo,
  expected: { user: UserHash; clientId: string },
): TokenResponse {
  const { id_token: idToken } = body;
  if (typeof idToken === 'string') {
    assertSameUser(idToken, { ...expected, original: account.idToken });
  }
  return { ...accountHints(account), ...body };
}

function accountHints({ homeAccountId, idToken }: AccountInfo): Record<string, string> {
  const [uid, ...rest] = homeAccountId.split('.');
  const utid = rest.join('.');
  const clientInfo =
    uid && utid && Buffer.from(JSON.stringify({ uid, utid })).toString('base64url');
  return {
    ...(idToken && { id_token: idToken }),
    ...(clientInfo && { client_info: clientInfo }),
  };
}

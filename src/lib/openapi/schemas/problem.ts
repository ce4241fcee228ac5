import { type ErrorCode, errorCodes, problems } from '../../errors.ts';
import { object, type Schema, text, url, word } from './schema.ts';

/** What a code means, and what to do. */
export function describeCode(code: ErrorCode): string {
  const { title, advice } = problems[code];
  return `\`${code}\`: ${title}. ${advice}`;
}

/** Every error as JSON. @see RFC 9457 */
export const Problem: Schema = {
  ...object(
    {
      type: text('`urn:evergreen:problem:` and the code.'),
      title: text('What the code means, for people.'),
      status: { type: 'integer', description: 'The HTTP status.' },
      code: word(errorCodes, errorCodes.map((code) => `- ${describeCode(code)}`).join('\n')),
      requestId: text('As in `X-Request-Id`, and in the app’s log.'),
    },
    {
      detail: text('What happened, and what to do next.'),
      reason: text(
        'A word that refines the code. With `reauth_required` it says why: what the identity provider said, such as `session_revoked`; what Microsoft Graph said, `claims_challenge` or `token_rejected`; or `tokens_missing`. With `misconfigured`, `tokens_too_large` says that the identity provider issued more than can be stored for one user.',
      ),
      loginUrl: url('Where a person mends it by signing in. A device gets none: it signs in anew.'),
      graphCode: text('Graph’s own error code, with `graph_error`.'),
      graphRequestId: text('Graph’s `request-id`, for a support case with Microsoft.'),
    },
  ),
  description: 'Problem details (RFC 9457).',
};

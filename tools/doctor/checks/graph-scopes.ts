import { askAuthorization } from '../authorization-answer.ts';
import { type Check, failed, ok, warning } from '../check.ts';

/** What is answered when nothing but the person is missing. */
const personMissing = new Set([
  ...['login_required', 'interaction_required', 'account_selection_required', 'consent_required'],
]);

const mend =
  'Correct GRAPH_SCOPES: delegated permissions of Microsoft Graph, as https://learn.microsoft.com/graph/permissions-reference spells them.';

/** Whether the scopes can be asked for. Who has consented is known of signed-in people alone. */
export const graphScopes: Check = {
  name: 'graph-scopes',
  needs: ['redirect-uri'],
  mend,
  async run(subject) {
    const { scopes } = subject.config.graph;
    const { error, errorCodes } = await askAuthorization(subject, scopes);
    const names = scopes.join(' ');
    if (error !== undefined && personMissing.has(error)) {
      return ok(
        `a sign-in may ask for ${names}; who has consented can’t be known without a signed-in user: GET /session says what was granted`,
      );
    }
    const codes = errorCodes.map((code) => `AADSTS${code}`).join(' ');
    if (error === 'invalid_scope') {
      return failed(`Entra refuses ${names} (${codes || 'invalid_scope'})`, mend);
    }
    return warning(
      `whether a sign-in may ask for ${names} can’t be known without one`,
      'Sign in once, and look at GET /session.',
    );
  },
};

import { interactionPolicy } from 'oidc-provider';
import { accountIdOf } from './claims.ts';
import type { Directory } from './directory.ts';

/** When a person is asked: to choose an account, to sign in, to consent. */
export function interactions(directory: Directory): interactionPolicy.Prompt[] {
  const { Check, Prompt, base } = interactionPolicy;
  const policy = base();
  policy.remove('consent');
  policy.get('login')?.checks.add(
    new Check('device', 'a device sign-in asks who it is for', 'login_required', ({ oidc }) => {
      return /^(code|device)_/.test(oidc.route) && !oidc.result?.login;
    }),
  );
  policy.get('login')?.checks.add(
    new Check('other_user', 'login_hint names someone else', 'login_required', ({ oidc }) => {
      const hinted = directory.byLoginHint(oidc.params?.['login_hint']);
      return !!hinted && accountIdOf(hinted.oid) !== oidc.session?.accountId && !oidc.result?.login;
    }),
  );
  policy.add(new Prompt({ name: 'select_account', requestable: true }), 0);
  policy.add(new Prompt({ name: 'consent', requestable: true }));
  return [...policy];
}

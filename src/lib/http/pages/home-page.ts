import type { SessionView } from '../../auth/session-view.ts';
import { document, markup } from './html.ts';

/** The page at `/`: a sign-in link, or who is signed in and a way to sign out. */
export function homePage(session: SessionView | undefined): string {
  const body = session
    ? markup`<h1>Evergreen</h1>
<p>Signed in as <strong id="user">${session.user.name ?? session.user.username ?? 'you'}</strong>.</p>
<dl>
<dt>Tokens</dt><dd>${session.state}</dd>
<dt>Access token until</dt><dd>${session.accessTokenExpiresAt ?? 'none'}</dd>
<dt>Last refresh</dt><dd>${session.lastRefreshedAt ?? 'never'}</dd>
<dt>Next refresh</dt><dd>${session.nextRefreshAt ?? 'none'}</dd>
</dl>
<p><a href="/me">Your Graph profile</a> · <a href="/session">Your session</a></p>
<p><button class="action" id="sign-out" type="button">Sign out</button></p>`
    : markup`<h1>Evergreen</h1>
<p>A token store for Microsoft Graph: sign in once, and your tokens stay fresh on the server.</p>
<p><a class="action" id="sign-in" href="/login">Sign in</a></p>`;
  return document('Evergreen', body);
}

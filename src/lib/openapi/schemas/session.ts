import { list, object, ref, type Schema, text, time, url, word } from './schema.ts';

const id = text('A public name of the session: nobody gets in with it.');
const kind = word(['browser', 'device'], 'What the session was opened by.');
const createdAt = time('When it was opened.');
const expiresAt = time('When it ends, whatever the activity.');

export const Session: Schema = {
  ...object(
    {
      id,
      kind,
      createdAt,
      idleExpiresAt: time('When it ends without activity.'),
      expiresAt,
      user: object(
        { id: text('Object id in the tenant.'), tenantId: text('The tenant’s id.') },
        { name: text('For people.'), username: text('For people; it can change.') },
      ),
      state: word(
        ['active', 'degraded', 'reauth_required'],
        'Of the tokens. `degraded`: the last refresh failed, or is late; while the access token is valid nobody notices. `reauth_required`: the user has to sign in again.',
      ),
      scopes: list({ type: 'string' }, 'Graph scopes granted.'),
    },
    {
      reason: text('Why the user has to sign in again.'),
      accessTokenExpiresAt: time('When the access token expires.'),
      lastRefreshedAt: time('When the tokens were issued.'),
      lastRefreshedBy: word(['timer', 'request'], 'What had them refreshed.'),
      nextRefreshAt: time('When they are refreshed next.'),
      reauthBy: time('When the refresh token lapses if nobody uses it before.'),
      loginUrl: url('Where a browser’s user signs in again.'),
    },
  ),
  description: 'A session and the state of its user’s tokens, never the tokens.',
};

export const SessionSummary: Schema = object({
  id,
  kind,
  current: { type: 'boolean', description: 'It is the one that asks.' },
  createdAt,
  lastSeenAt: time('Its last activity, to within minutes.'),
  expiresAt,
  client: object({}, { address: text('IP address.'), userAgent: text('As the client says.') }),
});

export const SessionList: Schema = object({
  sessions: list(ref('SessionSummary'), 'The newest first, 100 at most.'),
});

export const SignedOut: Schema = object({
  logoutUrl: url('Where a browser goes to end its session at Entra too.'),
});

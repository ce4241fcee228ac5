/** Graph as a resource: the audience of access tokens and the prefix of its scopes. */
export const graphResource = 'https://graph.microsoft.com';

/** Graph's application id, the same in every tenant and cloud. */
export const graphAppId = '00000003-0000-0000-c000-000000000000';

export const openidScopes: readonly string[] = ['openid', 'profile', 'email', 'offline_access'];

/** Delegated Graph permissions that the stand-in grants; others are ignored in a request. */
export const graphScopes: readonly string[] = [
  'User.Read',
  'User.ReadWrite',
  'User.ReadBasic.All',
  'User.Read.All',
  'Mail.Read',
  'Mail.ReadBasic',
  'Mail.ReadWrite',
  'Mail.Send',
  'MailboxSettings.Read',
  'Calendars.Read',
  'Calendars.ReadBasic',
  'Calendars.ReadWrite',
  'Contacts.Read',
  'Contacts.ReadWrite',
  'Files.Read',
  'Files.Read.All',
  'Files.ReadWrite',
  'Files.ReadWrite.All',
  'Group.Read.All',
  'GroupMember.Read.All',
  'Directory.Read.All',
  'Notes.Read',
  'OnlineMeetings.Read',
  'People.Read',
  'Presence.Read',
  'Sites.Read.All',
  'Tasks.Read',
  'Tasks.ReadWrite',
  'Chat.Read',
  'Team.ReadBasic.All',
];

/** Scopes by their short names: Entra takes `https://graph.microsoft.com/User.Read` as well. */
export function scopeNames(scope: string | undefined | null): string[] {
  const prefix = `${graphResource}/`;
  return (scope ?? '')
    .split(' ')
    .filter(Boolean)
    .map((name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name));
}

/** Those of `scopes` that an access token for Graph can carry. */
export function graphScopesIn(scopes: Iterable<string>): string[] {
  return [...scopes].filter((scope) => graphScopes.includes(scope));
}

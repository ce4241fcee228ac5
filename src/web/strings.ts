/** What the pages say, in English. The server writes its part of them with the same words. */

export const product = 'Evergreen';

export const times = {
  locale: 'en-GB',
  seconds: (count: number) => `${count} s`,
  minutes: (count: number) => `${count} min`,
  hours: (count: number) => `${count} h`,
  days: (count: number) => `${count} days`,
  justNow: 'just now',
  ahead: (duration: string) => `in ${duration}`,
  past: (duration: string) => `${duration} ago`,
};

export const frame = {
  skip: 'Skip to content',
  home: 'Home',
  status: 'Status',
  noScript:
    'This page needs JavaScript. Without it, GET /session, /me and /health/refresh answer as JSON.',
};

export const signedOut = {
  title: ['Sign in once.', 'Your tokens stay fresh.'],
  what: 'Evergreen is a token store for Microsoft Graph. It keeps your Microsoft tokens on the server, and refreshes them before they expire, also while nobody is looking.',
  how: 'Your browser holds a session cookie and never sees a token. What programs can ask of Graph for you is what this app’s list allows.',
  signIn: 'Sign in with Microsoft',
  device: 'Without a browser',
  deviceWhat: 'A command line, or a device without a browser, signs in with a code:',
  deviceSteps: [
    'The program sends POST /device, and shows you an address and a code.',
    'Open the address in any browser, enter the code, and sign in there.',
    'The program is signed in. You find it among your sessions, and can end it there.',
  ],
  deviceWarning: 'Enter a code only if you started that program yourself.',
  over: 'Your session is over. Sign in again to go on.',
  deleted: 'Your data is deleted: every session and every token of yours.',
};

export const profile = {
  title: 'You',
  mail: 'Mail',
  userName: 'User name',
  job: 'Job title',
  organisation: 'Organisation',
  tenant: 'Tenant id',
  sessionEnds: 'Session ends',
  signOut: 'Sign out',
};

export const token = {
  title: 'Access token',
  states: { active: 'Active', degraded: 'Degraded', reauth_required: 'Sign-in needed' },
  stateWords: {
    active: 'The token is refreshed before it expires. There is nothing to do.',
    degraded: 'The last refresh failed, or is late. It is tried again; until the expiry all works.',
    reauth_required: 'Microsoft wants you to sign in again.',
  },
  issued: 'Issued',
  now: 'Now',
  refresh: 'Next refresh',
  expires: 'Expires',
  expired: 'Expired',
  none: 'none planned',
  by: { timer: 'by the timer', request: 'by a request' },
  expiresIn: 'until it expires',
  refreshIn: 'until the next refresh',
  refreshDue: 'The refresh is due',
  hasExpired: 'It has expired',
  noToken: 'There is no token to use.',
  resting: 'Paused. Move the pointer or press a key to go on.',
  refreshed: (by: string) => `The token was refreshed ${by}.`,
  reason: 'Reason',
  signInAgain: 'Sign in again',
};

/** By `reason` of a sign-in that has ended. */
export const reasons: Readonly<Record<string, string>> = {
  invalid_grant: 'Microsoft no longer accepts this sign-in.',
  interaction_required: 'Microsoft wants to ask you something.',
  login_required: 'Microsoft wants to see you sign in.',
  consent_required: 'A permission is missing.',
  refresh_token_expired: 'The sign-in was not used for too long.',
  session_revoked: 'Your sessions at Microsoft were revoked.',
  password_changed: 'Your password was changed.',
  sign_in_frequency: 'Your organisation wants a sign-in more often.',
  mfa_required: 'A second factor is needed.',
  blocked_by_policy: 'A policy of your organisation blocks it: ask your administrator.',
  device_not_compliant: 'Your device does not comply: ask your administrator.',
  account_disabled: 'Your account is disabled: ask your administrator.',
  not_in_tenant: 'Your account is not in this organisation: ask your administrator.',
  not_assigned: 'You are not assigned to this app: ask your administrator.',
  app_not_allowed: 'Your organisation does not allow this app: ask your administrator.',
  device_sign_in_off: 'Sign-in on devices was switched off.',
  tokens_missing: 'The tokens are gone.',
  token_rejected: 'Microsoft Graph did not accept the token.',
};

export const permissions = {
  title: 'Permissions',
  granted: 'You have allowed',
  missing: 'This app may also ask for',
  all: 'That is all this app may ask for.',
  allow: (scope: string) => `Allow ${scope}`,
  notYet: (scope: string) => `You have not yet allowed ${scope}.`,
};

export const sessions = {
  title: 'Sessions',
  kinds: { browser: 'Browser', device: 'Device' },
  current: 'this one',
  unknownClient: 'Unknown program',
  clientOn: (program: string, system: string) => `${program} on ${system}`,
  times: (created: string, seen: string) => `since ${created}, last seen ${seen}`,
  end: 'End',
  endOf: (client: string, created: string) => `End the session of ${client}, since ${created}`,
  ended: 'The session is ended.',
  everywhere: 'Sign out everywhere',
  everywhereWhat: 'Ends all of these sessions.',
};

export const data = {
  title: 'Your data',
  what: 'Deletes every session and every token of yours from this app. What is in Microsoft 365 stays.',
  delete: 'Delete my data',
  sure: 'Delete your data?',
  consequence:
    'All your sessions end, of browsers and devices, and your tokens are deleted. Programs that act for you stop. This can’t be undone; you can sign in again.',
  confirm: 'Delete',
  cancel: 'Cancel',
};

export const explorer = {
  title: 'Graph explorer',
  what: 'Ask Microsoft Graph through this app. These resources are on its list.',
  resource: 'Resource',
  query: 'Query options',
  body: 'Body, as JSON',
  badBody: 'The body is no JSON.',
  needs: (scopes: string) => `Needs ${scopes}`,
  mayNotAsk: (scopes: string) =>
    `Needs ${scopes}, which this app may not ask for: see its setting GRAPH_SCOPES`,
  send: 'Send',
  sending: 'Asking …',
  answer: 'Answer',
  next: 'Next page',
  previous: 'Previous page',
  page: (number: number) => `page ${number}`,
  entries: (count: number) => (count === 1 ? '1 entry' : `${count} entries`),
  took: (ms: number) => `${ms} ms`,
  empty: 'No content.',
  cut: (more: number) => `… ${more} characters more are not shown.`,
  file: (type: string, bytes: number) => `A file: ${type}, ${bytes} bytes.`,
  download: 'Download',
};

export const problem = {
  title: 'It did not work',
  network: 'There is no answer',
  signIn: 'Sign in',
  signInAgain: 'Sign in again',
  again: 'Try again',
  againIn: (wait: string) => `Try again in ${wait}`,
  request: (id: string) => `request ${id}`,
};

/** What to do, by `code`. */
export const hints: Readonly<Record<string, string>> = {
  unauthenticated: 'Sign in to go on.',
  reauth_required: 'Sign in again, and ask again.',
  consent_required: 'Allow it, and ask again.',
  forbidden: 'If you should be able to do this, ask your administrator.',
  csrf_rejected: 'Reload this page and try again.',
  invalid_request: 'Change what you ask, and try again.',
  graph_error: 'Change what you ask, and try again.',
  not_found: 'Check what you ask for.',
  slow_down: 'Wait a moment before you try again.',
  throttled: 'Wait a moment before you try again.',
  temporarily_unavailable: 'Nothing is lost. Wait a moment before you try again.',
  misconfigured: 'The operator has to change a setting. Tell them the request’s id.',
  bad_gateway: 'Try again. If it stays, tell the operator the request’s id.',
  internal: 'Try again. If it stays, tell the operator the request’s id.',
  network: 'Check your connection, and try again.',
};

export const status = {
  title: 'Status',
  loading: 'Reading …',
  ok: 'Tokens are kept fresh',
  starting: 'The app has just started: the timer has yet to run',
  notOk: 'Tokens are not kept fresh as they should be',
  unknown: 'The figures can’t be read',
  problems: {
    sweep_late: 'The timer is late: the last sweep is too long ago.',
    overdue: 'Workers don’t keep up: somebody’s refresh is overdue by more than 5 minutes.',
    failing: 'Every refresh of the last minutes has failed.',
    breaker_open: 'Entra refuses the app itself: look at its credential and registration.',
  },
  asOf: (time: string) => `as of ${time}`,
  resting: 'Paused. Move the pointer or press a key to go on.',
  sweep: 'Sweep',
  lastSweep: 'Last sweep',
  lastCatchUp: 'Last sweep by a request',
  never: 'never',
  sweepPicture: (sweep: string, catchUp: string) =>
    `Ten minutes up to now. Last sweep: ${sweep}. Last sweep by a request: ${catchUp}.`,
  axis: ['10 min ago', '5 min ago', 'now'],
  overdue: 'Longest overdue',
  backlog: 'Backlog',
  overdueAxis: ['0 s', '5 min at most'],
  due: 'Due',
  queue: 'In the queue',
  breaker: 'Breaker',
  breakers: { closed: 'closed', open: 'open' },
  counts: 'Refreshes of the last hour',
  outcomes: {
    refreshed: 'Refreshed',
    failed: 'Failed, tried again',
    reauthRequired: 'Sign-in needed',
    poisoned: 'Put back a day',
  },
  noCounts: 'None in the last hour.',
  upkeep: 'Upkeep',
  janitor: 'Janitor',
  janitorTook: (sessions: number, states: number, users: number) =>
    `${sessions} sessions, ${states} states, ${users} users’ tokens deleted`,
};

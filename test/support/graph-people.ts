import type { App } from './app.ts';
import { type BrowserClient, createBrowserClient, signIn } from './browser-client.ts';

/** Scopes that the tests' apps may ask for. */
export const graphScopes = [
  'User.Read',
  'User.Read.All',
  'Mail.Read',
  'Mail.ReadWrite',
  'Mail.Send',
  'Calendars.Read',
  'Calendars.ReadWrite',
  'Contacts.Read',
  'Files.Read',
  'People.Read',
];

/** Signs somebody in with more scopes than every sign-in asks. */
export async function signedInFor(
  app: App,
  username: string,
  scopes: readonly string[] = [],
): Promise<BrowserClient> {
  const browser = createBrowserClient();
  const scope = scopes.length > 0 ? `&scope=${scopes.join('%20')}` : '';
  await signIn(browser, app.origin, username, `?returnTo=/health/live${scope}`);
  return browser;
}

/** An unsafe request as a page of the app's own sends it. */
export function fromOwnPage(app: App, init: RequestInit): RequestInit {
  return { ...init, headers: { origin: app.origin, 'x-csrf': '1', ...init.headers } };
}

import type { BrowserClient } from './browser-client.ts';
import type { World } from './world.ts';

/** Begins a sign-in. @returns the authorization request, to which the browser has not gone yet. */
export async function beginSignIn(
  { origin }: World,
  browser: BrowserClient,
  headers: Record<string, string> = {},
): Promise<URL> {
  const login = await browser.request(`${origin}/login`, { headers });
  return new URL(login.headers.get('location') ?? '');
}

/** Goes to an authorization request and signs in there. @returns the callback's URL. */
export async function callbackOf(
  { origin }: World,
  browser: BrowserClient,
  { url, username }: { url: URL; username: string },
): Promise<string> {
  const isCallback = (at: string) => at.startsWith(`${origin}/callback`);
  const page = await browser.navigate(url.href, {}, isCallback);
  if (isCallback(page.url)) return page.url;
  const form = { method: 'POST', body: new URLSearchParams({ user: username }) };
  return (await browser.navigate(page.url, form, isCallback)).url;
}

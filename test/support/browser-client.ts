/** A browser without a screen: a cookie jar, and redirects followed one at a time. */
export interface BrowserClient {
  /** Cookies by name, as the browser would send them to localhost. */
  cookies: Map<string, string>;
  request(url: string, init?: RequestInit): Promise<Response>;
  /** Follows redirects to the end, as a navigation; or up to a URL, which is not requested. */
  navigate(url: string, init?: RequestInit, stopAt?: (url: string) => boolean): Promise<Arrival>;
}

export interface Arrival {
  response: Response;
  url: string;
  body: string;
}

export function createBrowserClient(): BrowserClient {
  const cookies = new Map<string, string>();

  async function request(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    if (cookie && !headers.has('cookie')) headers.set('cookie', cookie);
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) store(line);
    return response;
  }

  function store(line: string): void {
    const [pair = '', ...attributes] = line.split(';');
    const [name = '', ...value] = pair.split('=');
    const expired = attributes.some((text) => {
      const [key = '', at = ''] = text.trim().split('=');
      const lower = key.toLowerCase();
      return (
        (lower === 'max-age' && Number(at) <= 0) ||
        (lower === 'expires' && Date.parse(at) < Date.now())
      );
    });
    if (expired) cookies.delete(name.trim());
    else cookies.set(name.trim(), value.join('='));
  }

  return {
    cookies,
    request,
    async navigate(start, init = {}, stopAt = () => false) {
      let url = start;
      let next: RequestInit = { ...init, headers: { accept: 'text/html', ...init.headers } };
      for (let hops = 0; hops < 20; hops++) {
        const response = await request(url, next);
        const location = response.headers.get('location');
        if (!location || response.status < 300 || response.status > 399) {
          return { response, url, body: await response.text() };
        }
        url = new URL(location, url).href;
        if (stopAt(url)) return { response, url, body: '' };
        next = { headers: { accept: 'text/html' } };
      }
      throw new Error('too many redirects');
    },
  };
}

/** A whole sign-in as one of the stand-in's users. @returns where it ended. */
export async function signIn(
  browser: BrowserClient,
  appOrigin: string,
  username: string,
  query = '',
): Promise<Arrival> {
  const page = await browser.navigate(`${appOrigin}/login${query}`);
  // With a session at the stand-in there is no page: the browser is back already.
  if (page.url.startsWith(appOrigin)) return page;
  return browser.navigate(page.url, {
    method: 'POST',
    body: new URLSearchParams({ user: username }),
  });
}

/** A sign-in up to, and without, the request to the callback. @returns the callback's URL. */
export async function signInUpToCallback(
  browser: BrowserClient,
  appOrigin: string,
  username: string,
  query = '',
): Promise<string> {
  const isCallback = (url: string) => url.startsWith(`${appOrigin}/callback`);
  const page = await browser.navigate(`${appOrigin}/login${query}`, {}, isCallback);
  if (isCallback(page.url)) return page.url;
  const body = new URLSearchParams({ user: username });
  const { url } = await browser.navigate(page.url, { method: 'POST', body }, isCallback);
  return url;
}

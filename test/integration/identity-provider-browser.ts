interface Cookie {
  readonly value: string;
  readonly path: string;
}

/** A page or a redirect out of the provider, where the journey ended. */
export interface Landing {
  /** The URL that was reached; for a redirect to a foreign origin, that one. */
  readonly url: URL;
  readonly status: number;
  readonly html: string;
}

/** As much of a browser as signing in needs: cookies, redirects, forms. */
export class Browser {
  readonly #cookies = new Map<string, Cookie>();
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  async get(url: string | URL): Promise<Landing> {
    return this.#go(new URL(url, this.#origin));
  }

  /** Posts the form of `landing`: its hidden fields, and `fields` as pressed or typed. */
  async submit(landing: Landing, fields: Record<string, string>): Promise<Landing> {
    const target = /<form[^>]* action="([^"]+)"/.exec(landing.html)?.[1];
    if (target === undefined) throw new Error(`no form on ${landing.url.href}`);
    const hidden = [
      ...landing.html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g),
    ].map(([, name = '', value = '']): [string, string] => [name, value]);
    const form = new URLSearchParams([...hidden, ...Object.entries(fields)]);
    return this.#go(new URL(target, landing.url), form);
  }

  async #go(start: URL, form?: URLSearchParams): Promise<Landing> {
    let url = start;
    let body = form;
    for (;;) {
      const response = await fetch(url, {
        redirect: 'manual',
        headers: { cookie: this.#cookieHeader(url), accept: 'text/html' },
        ...(body ? { method: 'POST', body } : {}),
      });
      this.#keepCookies(response);
      const html = await response.text();
      const location = response.headers.get('location');
      if (location === null) return { url, status: response.status, html };
      url = new URL(location, url);
      body = undefined;
      if (url.origin !== this.#origin) return { url, status: response.status, html };
    }
  }

  #cookieHeader(url: URL): string {
    return [...this.#cookies]
      .filter(([, { path }]) => url.pathname.startsWith(path))
      .map(([key, { value }]) => `${key.split(' ')[0]}=${value}`)
      .join('; ');
  }

  #keepCookies(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ');
      const [name = '', value = ''] = pair.split('=');
      const path = attributes.find((item) => item.startsWith('path='))?.slice(5) ?? '/';
      const expires = attributes.find((item) => item.startsWith('expires='))?.slice(8);
      const gone = value === '' || (expires !== undefined && Date.parse(expires) < Date.now());
      if (gone) this.#cookies.delete(`${name} ${path}`);
      else this.#cookies.set(`${name} ${path}`, { value, path });
    }
  }
}

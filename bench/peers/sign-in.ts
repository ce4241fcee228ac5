import { authorizationCode } from '../stubs/entra/directory.ts';

/** Signs a user in at a peer. @returns the cookie of the session. */
export type SignIn = (origin: string, user: number) => Promise<string>;

/** At (b): the code comes by itself. */
export const signInWithCode: SignIn = async (origin, user) =>
  cookiesOf(await get(`${origin}/redirect?code=${authorizationCode(user)}`));

/** At (c): as a browser goes, from `/login` on; the code is made for the nonce that is asked for. */
export const signInWithOpenId: SignIn = async (origin, user) => {
  const login = await get(`${origin}/login`);
  const asked = new URL(login.headers.get('location') ?? '').searchParams;
  const code = authorizationCode(user, asked.get('nonce') ?? undefined);
  const answer = new URLSearchParams({ code, state: asked.get('state') ?? '' });
  return cookiesOf(await get(`${origin}/callback?${answer}`, cookiesOf(login)));
};

async function get(url: string, cookie?: string): Promise<Response> {
  const headers = cookie === undefined ? {} : { cookie };
  const response = await fetch(url, { headers, redirect: 'manual' });
  const body = await response.text();
  if (response.status >= 400)
    throw new Error(`${new URL(url).pathname}: ${response.status} ${body}`);
  return response;
}

/** What a browser would send back; a cookie that is deleted has no value. */
function cookiesOf(response: Response): string {
  const pairs = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '');
  return pairs.filter((pair) => !pair.endsWith('=')).join('; ');
}

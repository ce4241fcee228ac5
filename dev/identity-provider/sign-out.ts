import type { Middleware } from 'koa';
import type Provider from 'oidc-provider';
import { page } from './html.ts';

export interface SignOutOptions {
  readonly path: string;
  readonly redirectUris: readonly string[];
}

/**
 * The end-session endpoint: ends the browser's session without a question and without touching
 * refresh tokens, as Entra does. Goes on to `post_logout_redirect_uri` when it has the origin of
 * a registered redirect URI.
 * @see https://openid.net/specs/openid-connect-rpinitiated-1_0.html
 */
export function signOut(provider: Provider, options: SignOutOptions): Middleware {
  const origins = new Set(options.redirectUris.map((uri) => new URL(uri).origin));
  return async (ctx, next) => {
    if (ctx.path !== options.path) return next();
    const session = await provider.Session.get(provider.createContext(ctx.req, ctx.res));
    await session.destroy();
    ctx.cookies.set(provider.cookieName('session'), null);
    const { post_logout_redirect_uri: uri, state } = ctx.query;
    const target = typeof uri === 'string' ? URL.parse(uri) : null;
    if (target && origins.has(target.origin)) {
      if (typeof state === 'string') target.searchParams.set('state', state);
      ctx.status = 303;
      ctx.redirect(target.href);
      return;
    }
    ctx.type = 'html';
    ctx.body = page('You are signed out', '<p>You may close this window.</p>');
  };
}

import { signInLifetimeMs } from '../lib/auth/authorization-response.ts';
import { getServices } from '../lib/host/app.ts';
import { registerRoute } from '../lib/host/http.ts';
import { redirect } from '../lib/host/reply.ts';
import { assertNoPrefetch } from '../lib/http/request-guard.ts';
import { parseReturnTo } from '../lib/http/return-to.ts';

/** `GET /login`: 302 to the authorization endpoint. */
registerRoute({
  name: 'login',
  route: 'login',
  kind: 'page',
  methods: {
    async GET(request) {
      assertNoPrefetch(request);
      const services = getServices();
      const { url, state, cookie } = await services.beginSignIn({
        returnTo: parseReturnTo(request.query('returnTo')),
        scopes: (request.query('scope') ?? '').split(' ').filter(Boolean),
        claims: request.query('claims'),
        loginHint: request.query('login_hint'),
        domainHint: request.query('domain_hint'),
        prompt: request.query('prompt'),
      });
      const name = services.cookies.signIn(state);
      const maxAge = signInLifetimeMs / 1000;
      return { ...redirect(url), cookies: [{ name, value: cookie, maxAge }] };
    },
  },
});

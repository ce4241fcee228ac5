import { beginSignIn, signInLifetimeMs } from '../lib/auth/sign-in/authorization-request.ts';
import { registerRoute } from '../lib/host/http.ts';
import { redirect } from '../lib/host/reply.ts';
import { assertNoPrefetch } from '../lib/http/request-guard.ts';
import { parseReturnTo } from '../lib/http/return-to.ts';
import { sealSignIn } from '../lib/http/sign-in-cookie.ts';
import { errors, query } from '../lib/openapi/operation.ts';
import { empty } from '../lib/openapi/responses.ts';

/** `GET /login`: 302 to the authorization endpoint. */
registerRoute({
  name: 'login',
  route: 'login',
  kind: 'page',
  methods: {
    async GET(request, core) {
      assertNoPrefetch(request);
      const { url, transaction } = await beginSignIn(core, {
        returnTo: parseReturnTo(request.query('returnTo')),
        scopes: (request.query('scope') ?? '').split(' ').filter(Boolean),
        claims: request.query('claims'),
        loginHint: request.query('login_hint'),
        domainHint: request.query('domain_hint'),
        prompt: request.query('prompt'),
      });
      const name = core.cookies.signIn(transaction.state);
      const value = await sealSignIn(core.sealer, transaction);
      const maxAge = signInLifetimeMs / 1000;
      return { ...redirect(url), cookies: [{ name, value, maxAge }] };
    },
  },
  operations: {
    GET: {
      operationId: 'beginSignIn',
      tag: 'Sign-in',
      summary: 'Go to the sign-in page',
      security: [],
      parameters: [
        query('returnTo', 'Local path to go to afterwards.', { type: 'string', default: '/' }),
        query('scope', 'More Graph scopes, separated by spaces.'),
        query('claims', 'A claims challenge, base64url of JSON.'),
        query('login_hint', 'Who will sign in.'),
        query('domain_hint', 'Where they will.'),
        query('prompt', 'As OpenID Connect has it.', {
          type: 'string',
          enum: ['login', 'none', 'consent', 'select_account'],
        }),
      ],
      responses: { 302: empty('To Entra’s authorization endpoint.') },
      errors: errors.settings,
    },
  },
});

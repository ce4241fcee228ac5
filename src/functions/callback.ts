import { logName } from '../lib/auth/user.ts';
import { auditAs } from '../lib/host/audit.ts';
import { registerRoute } from '../lib/host/http.ts';
import { redirect } from '../lib/host/reply.ts';
import { assertNoPrefetch } from '../lib/http/request-guard.ts';
import { openSignIn } from '../lib/http/sign-in-cookie.ts';
import { errors, query } from '../lib/openapi/operation.ts';
import { empty } from '../lib/openapi/responses.ts';

/** `GET /callback`: redeems the code once, opens a session, 302 to where the person wanted to go. */
registerRoute({
  name: 'callback',
  route: 'callback',
  kind: 'page',
  audit: auditAs('sign-in'),
  methods: {
    async GET(request, core) {
      assertNoPrefetch(request);
      const { cookies } = core;
      const [state, code] = [request.query('state'), request.query('code')];
      const [error, iss] = [request.query('error'), request.query('iss')];
      const signInCookie = cookies.signIn(state ?? '');
      // No start needs it, nor the package that reads ID tokens.
      const { completeSignIn } = await import('../lib/auth/sign-in/authorization-response.ts');
      const signedIn = await completeSignIn(
        core,
        { state, code, error, iss },
        {
          transaction: await openSignIn(core.sealer, request.cookie(signInCookie)),
          sessionSecret: request.cookie(cookies.session),
          client: request.client,
        },
      );
      request.audit.user = logName(signedIn.user);
      return {
        ...redirect(signedIn.returnTo),
        cookies: [
          {
            name: cookies.session,
            value: signedIn.sessionSecret,
            maxAge: Math.floor(core.sessionPolicy.maxMs / 1000),
          },
          { name: signInCookie, value: '', maxAge: 0 },
        ],
      };
    },
  },
  operations: {
    GET: {
      operationId: 'completeSignIn',
      tag: 'Sign-in',
      summary: 'Where Entra sends the browser back to',
      description:
        'Redeems the code once, opens a session, and ends the browser’s earlier one. 429 after 60 redemptions in 15 minutes from one address; nothing is redeemed or used up then.',
      security: [],
      parameters: [
        query('state', 'Of the authorization request.'),
        query('code', 'The authorization code.'),
        query('error', 'Why there is no code.'),
        query('iss', 'The issuer (RFC 9207).'),
      ],
      responses: { 302: empty('To `returnTo`, with the session in `Set-Cookie`.') },
      errors: ['forbidden', 'throttled', ...errors.tokens, ...errors.settings],
    },
  },
});

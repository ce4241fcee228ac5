import { logName } from '../lib/auth/user.ts';
import { getServices } from '../lib/host/app.ts';
import { auditAs } from '../lib/host/audit.ts';
import { registerRoute } from '../lib/host/http.ts';
import { redirect } from '../lib/host/reply.ts';
import { assertNoPrefetch } from '../lib/http/request-guard.ts';
import { errors, query } from '../lib/openapi/operation.ts';
import { empty } from '../lib/openapi/responses.ts';

/** `GET /callback`: redeems the code once, opens a session, 302 to where the person wanted to go. */
registerRoute({
  name: 'callback',
  route: 'callback',
  kind: 'page',
  audit: auditAs('sign-in'),
  methods: {
    async GET(request) {
      assertNoPrefetch(request);
      const services = getServices();
      const { cookies } = services;
      const state = request.query('state');
      const signInCookie = cookies.signIn(state ?? '');
      const signedIn = await services.completeSignIn(
        {
          state,
          code: request.query('code'),
          error: request.query('error'),
          iss: request.query('iss'),
        },
        {
          signIn: request.cookie(signInCookie),
          session: request.cookie(cookies.session),
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
            maxAge: Math.floor(services.config.session.maxMs / 1000),
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

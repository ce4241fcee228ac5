import * as v from 'valibot';
import { tokenForBackEnd } from '../lib/auth/tokens/back-end.ts';
import { parseObject } from '../lib/basics/json-object.ts';
import { iso } from '../lib/basics/time-text.ts';
import { AppError } from '../lib/errors.ts';
import { auditAs } from '../lib/host/audit.ts';
import { withBackEnd } from '../lib/host/back-end-handler.ts';
import { registerRoute } from '../lib/host/http.ts';
import { json } from '../lib/host/reply.ts';
import { bodyOf, errors, path } from '../lib/openapi/operation.ts';
import { jsonOf } from '../lib/openapi/responses.ts';

const maxBodyBytes = 16 * 1024;
const longestValiditySeconds = 3_600;

const tokenRequest = v.strictObject({
  scopes: v.pipe(v.array(v.string()), v.nonEmpty()),
  minValiditySeconds: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(longestValiditySeconds)),
    0,
  ),
});

function parseTokenRequest(body: Uint8Array | undefined) {
  const parsed = v.safeParse(tokenRequest, parseObject(Buffer.from(body ?? []).toString()));
  if (parsed.success) return parsed.output;
  throw new AppError('invalid_request', {
    detail: `Send JSON such as {"scopes":["Mail.Read"],"minValiditySeconds":300} (at most ${longestValiditySeconds}).`,
  });
}

/** `POST /users/{userId}/token`: an absent user's Graph access token, for a trusted back end. */
registerRoute({
  name: 'user-token',
  route: 'users/{userId}/token',
  kind: 'api',
  audit: auditAs('back-end-token', 'backEnds'),
  methods: {
    POST: withBackEnd(async (absent, core, request) => {
      const { scopes, minValiditySeconds } = parseTokenRequest(await request.body(maxBodyBytes));
      request.audit.scopes = scopes.filter((scope) => core.clients.code.scopes.includes(scope));
      const minValidityMs = minValiditySeconds * 1000;
      const issued = await tokenForBackEnd(core, absent, { scopes, minValidityMs });
      return json({
        accessToken: issued.token,
        tokenType: 'Bearer',
        expiresAt: iso(issued.expiresAt),
        scopes: issued.scopes,
      });
    }),
  },
  operations: {
    POST: {
      operationId: 'getUserToken',
      tag: 'Back ends',
      summary: 'An absent user’s Graph access token',
      security: ['backEndToken'],
      parameters: [path('userId', 'The user’s object id, in the back end’s own tenant.')],
      requestBody: bodyOf('TokenRequest'),
      responses: { 200: jsonOf('IssuedToken', 'A token with these scopes.') },
      errors: errors.backEnd,
    },
  },
});

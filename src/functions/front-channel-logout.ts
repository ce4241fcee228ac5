import { frontChannelSignOut } from '../lib/auth/session/front-channel.ts';
import { logName } from '../lib/auth/user.ts';
import { auditAs } from '../lib/host/audit.ts';
import { registerRoute } from '../lib/host/http.ts';
import { errors, query } from '../lib/openapi/operation.ts';
import { empty } from '../lib/openapi/responses.ts';

/**
 * `GET /logout/front-channel`: the identity provider ends the sessions that came from its own. It
 * loads this into a frame of its page.
 */
registerRoute({
  name: 'front-channel-logout',
  route: 'logout/front-channel',
  kind: 'page',
  audit: auditAs('front-channel-sign-out'),
  methods: {
    async GET(request, core) {
      const [sid, iss] = [request.query('sid'), request.query('iss')];
      const ended = await frontChannelSignOut(core, { sid, iss }, request.client.address);
      request.audit.users = ended.map(logName);
      const policy = `default-src 'none'; frame-ancestors ${core.authorityOrigin}`;
      return { status: 200, headers: { 'content-security-policy': policy } };
    },
  },
  operations: {
    GET: {
      operationId: 'frontChannelSignOut',
      tag: 'Sign-in',
      summary: 'Entra’s front-channel sign-out',
      description: 'Entra loads it into a frame of its page. It needs no cookie.',
      security: [],
      parameters: [
        { ...query('sid', 'Entra’s session: what came from it ends.'), required: true },
        query('iss', 'The issuer.'),
      ],
      responses: { 200: empty('There is no session left that came from it.') },
      errors: errors.settings,
    },
  },
});

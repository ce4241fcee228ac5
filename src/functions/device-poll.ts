import { toDeviceError } from '../lib/auth/device/errors.ts';
import { logName } from '../lib/auth/user.ts';
import { auditAs } from '../lib/host/audit.ts';
import { noteSignIn } from '../lib/host/device-handler.ts';
import { registerRoute } from '../lib/host/http.ts';
import { json } from '../lib/host/reply.ts';
import { errors, path } from '../lib/openapi/operation.ts';
import { headerNamed, jsonOf } from '../lib/openapi/responses.ts';

/** `GET /device/{handle}`: how a device sign-in is going; at its end, once, a bearer session. */
registerRoute({
  name: 'device-poll',
  route: 'device/{handle}',
  kind: 'program',
  audit: auditAs('device-sign-in', 'device'),
  methods: {
    async GET(request, core) {
      const handle = request.param('handle') ?? '';
      noteSignIn(request, handle);
      // No start needs it, nor the package that reads ID tokens.
      const { pollDeviceSignIn } = await import('../lib/auth/device/poll.ts');
      const poll = await pollDeviceSignIn(core, handle, request.client).catch((error) => {
        throw toDeviceError(error);
      });
      if (poll.state === 'pending') {
        const answer = json({ status: 'pending' }, 202);
        const wait = { 'retry-after': String(poll.retryAfterSeconds) };
        return { ...answer, headers: { ...answer.headers, ...wait } };
      }
      request.audit.user = logName(poll.user);
      return json({ session: poll.sessionSecret });
    },
  },
  operations: {
    GET: {
      operationId: 'pollDeviceSignIn',
      tag: 'Devices',
      summary: 'Ask how a device sign-in is going',
      description:
        '403 has the `reason` `declined`, `blocked_by_policy` or `tenant_not_allowed`. 503 says nothing about the sign-in.',
      security: [],
      parameters: [path('handle', 'As `POST /device` told.')],
      responses: {
        200: jsonOf('DeviceSession', 'The user has signed in. Once.'),
        202: {
          ...jsonOf('PendingDeviceSignIn', 'The user has not decided: ask again.'),
          headers: headerNamed('Retry-After'),
        },
      },
      errors: ['forbidden', 'not_found', 'gone', 'slow_down', 'bad_gateway', ...errors.settings],
    },
  },
});

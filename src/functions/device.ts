import { startDeviceSignIn } from '../lib/auth/device/start.ts';
import { auditAs } from '../lib/host/audit.ts';
import { noteSignIn } from '../lib/host/device-handler.ts';
import { registerRoute } from '../lib/host/http.ts';
import { json } from '../lib/host/reply.ts';
import { errors } from '../lib/openapi/operation.ts';
import { jsonOf } from '../lib/openapi/responses.ts';

/** `POST /device`: starts device-code sign-in. */
registerRoute({
  name: 'device',
  route: 'device',
  kind: 'program',
  audit: auditAs('device-start', 'device'),
  methods: {
    async POST(request, core) {
      const started = await startDeviceSignIn(core, request.client);
      noteSignIn(request, started.handle);
      return json(started, 201);
    },
  },
  operations: {
    POST: {
      operationId: 'startDeviceSignIn',
      tag: 'Devices',
      summary: 'Start a device sign-in',
      description: '404 where it is off: see `ENTRA_DEVICE_CLIENT_ID`.',
      security: [],
      responses: { 201: jsonOf('StartedDeviceSignIn', 'What to show to the user.') },
      errors: ['not_found', 'throttled', ...errors.settings],
    },
  },
});

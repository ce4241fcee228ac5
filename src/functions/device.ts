import { auditAs } from '../lib/host/audit.ts';
import { deviceServices, noteSignIn } from '../lib/host/device-handler.ts';
import { registerRoute } from '../lib/host/http.ts';
import { json } from '../lib/host/reply.ts';

/** `POST /device`: starts device-code sign-in. */
registerRoute({
  name: 'device',
  route: 'device',
  kind: 'program',
  audit: auditAs('device-start', 'device'),
  methods: {
    async POST(request) {
      const started = await deviceServices().startDeviceSignIn(request.client);
      noteSignIn(request, started.handle);
      return json(started, 201);
    },
  },
});

import { auditAs } from '../lib/host/audit.ts';
import { deviceOf, noteSignIn } from '../lib/host/device-handler.ts';
import { registerRoute } from '../lib/host/http.ts';
import { json } from '../lib/host/reply.ts';

/** `POST /device`: starts device-code sign-in. */
registerRoute({
  name: 'device',
  route: 'device',
  kind: 'program',
  audit: auditAs('device-start', ({ device }) => device !== undefined),
  methods: {
    async POST(request) {
      const { services, client } = deviceOf(request);
      const started = await services.startDeviceSignIn(client);
      noteSignIn(request, started.handle);
      return json(started, 201);
    },
  },
});

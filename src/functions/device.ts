import { auditDevice, deviceOf } from '../lib/host/device-handler.ts';
import { registerRoute } from '../lib/host/http.ts';
import { json } from '../lib/host/reply.ts';

/** `POST /device`: starts device-code sign-in. */
registerRoute({
  name: 'device',
  route: 'device',
  kind: 'program',
  audit: auditDevice('device-start'),
  methods: {
    async POST(request) {
      const { services, client } = deviceOf(request);
      return json(await services.startDeviceSignIn(client), 201);
    },
  },
});

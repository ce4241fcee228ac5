import type { Oas3SecurityScheme } from '@redocly/openapi-core';

/** What proves who asks. */
export const securitySchemes = {
  sessionCookie: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-session',
    description:
      'A browser’s session, from `GET /login`. Its name is `session` where the app is on http, on loopback. Unsafe methods need `X-CSRF: 1`, and `Origin` or `Sec-Fetch-Site` of the same origin, which browsers send by themselves.',
  },
  deviceSession: {
    type: 'http',
    scheme: 'bearer',
    description: 'A device’s session, opaque, from `GET /device/{handle}`.',
  },
  backEndToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'An access token that Entra issued to a back end’s own registration, for this app (client credentials), with the app role that `ENTRA_APP_ROLE` names.',
  },
} as const satisfies Record<string, Oas3SecurityScheme>;

export type SecurityScheme = keyof typeof securitySchemes;

/** A browser or a device. */
export const anySession = ['sessionCookie', 'deviceSession'] as const;

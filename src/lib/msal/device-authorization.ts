import type { DeviceAuthorization, IssuedTokens } from '../auth/tokens/token-client.ts';
import { TokenError } from '../auth/tokens/token-error.ts';
import { parseObject } from '../basics/json-object.ts';
import type { OutboundResponse } from '../http/outbound-request.ts';
import type { Authority } from './authority.ts';
import { readIssuedTokens } from './cache-contents.ts';
import type { ClientApplications } from './client-applications.ts';
import {
  createNetworkClient,
  faultOf,
  type NetworkClient,
  type NetworkClientOptions,
} from './network-client.ts';
import { orFailure } from './token-failure.ts';

/**
 * Milliseconds for one exchange. A code is gone when its tokens were issued, so the answer to a poll
 * is waited for as long as somebody waits for ours.
 */
const deadlineMs = 6_000;

/**
 * The device flow in single requests. MSAL knows only how to wait in the process until the code is
 * entered; here it makes one of its requests at a time: at the start nothing after the first, at a
 * poll the first is answered with what the start brought.
 *
 * @see RFC 8628 sections 3.1 to 3.5
 */
export function createDeviceFlow(
  applications: ClientApplications,
  { authority, ...networkOptions }: NetworkClientOptions & { authority: Authority },
) {
  return {
    async start(scopes: readonly string[]): Promise<DeviceAuthorization> {
      let authorization: DeviceAuthorization | undefined;
      const network = createNetworkClient({
        ...networkOptions,
        deadlineMs,
        processAnswer: (response, asked) => {
          authorization = processDeviceAuthorizationResponse(response, asked);
          return toAnswer(authorization);
        },
      });
      const client = await applications.public({ network, authority });
      const request = { scopes: [...scopes], cancel: false, deviceCodeCallback };
      function deviceCodeCallback(): void {
        request.cancel = true;
      }
      await orFailure(network, () => client.acquireTokenByDeviceCode(request)).catch((error) => {
        // Cancelled, and all is well.
        if (!authorization) throw error;
      });
      if (!authorization) throw new Error('MSAL has not asked for a device code');
      return authorization;
    },

    async poll(
      authorization: DeviceAuthorization,
      scopes: readonly string[],
    ): Promise<IssuedTokens & { idToken: string }> {
      const network = createNetworkClient({ ...networkOptions, deadlineMs });
      const client = await applications.public({
        network: afterFirst(toAnswer(authorization), network),
        authority,
      });
      const result = await orFailure(network, () =>
        client.acquireTokenByDeviceCode({ scopes: [...scopes], deviceCodeCallback: () => {} }),
      );
      const tokens = readIssuedTokens(client.getTokenCache().serialize(), scopes);
      return { ...tokens, idToken: result?.idToken ?? '' };
    },
  };
}

/** The first request has had its answer; those after it are sent. */
function afterFirst(answer: object, network: NetworkClient): NetworkClient {
  let isFirst = true;
  return {
    ...network,
    async sendPostRequestAsync<T>(...request: Parameters<NetworkClient['sendPostRequestAsync']>) {
      if (!isFirst) return network.sendPostRequestAsync<T>(...request);
      isFirst = false;
      return { status: 200, headers: {}, body: answer as T };
    },
  };
}

/** @see RFC 8628 section 3.2: without an interval it is five seconds. */
const defaultIntervalSeconds = 5;

/** @throws TokenError for every other answer. */
function processDeviceAuthorizationResponse(
  response: OutboundResponse,
  asked: Parameters<typeof faultOf>[1],
): DeviceAuthorization {
  const body = response.status === 200 ? parseObject(response.body) : undefined;
  const deviceCode = text(body?.['device_code'], /^[\x21-\x7e]{1,4096}$/);
  const userCode = text(body?.['user_code'], /^[\w -]{1,64}$/);
  const verificationUri = text(body?.['verification_uri'], /^https?:\/\/[\x21-\x7e]{1,1024}$/);
  const lifetime = seconds(body?.['expires_in']);
  if (!deviceCode || !userCode || !verificationUri || !lifetime) {
    throw new TokenError(faultOf(response, asked));
  }
  const interval = seconds(body?.['interval']) ?? defaultIntervalSeconds;
  return { deviceCode, userCode, verificationUri, expiresIn: lifetime, interval };
}

/** As the identity provider wrote it, for MSAL. */
function toAnswer(authorization: DeviceAuthorization): Record<string, unknown> {
  const { deviceCode, userCode, verificationUri, expiresIn, interval } = authorization;
  return {
    ...{ device_code: deviceCode, user_code: userCode, verification_uri: verificationUri },
    ...{ expires_in: expiresIn, interval, message: '' },
  };
}

function text(value: unknown, form: RegExp): string | undefined {
  return typeof value === 'string' && form.test(value) ? value : undefined;
}

function seconds(value: unknown): number | undefined {
  const number = Math.ceil(Number(value));
  return number > 0 && number <= 86_400 ? number : undefined;
}

import { toDeviceError } from './auth/device/errors.ts';
import type { PollDependencies } from './auth/device/poll.ts';
import type { DeviceStore } from './auth/device/ports.ts';
import { startDeviceSignIn } from './auth/device/start.ts';
import type { OpenSessionDependencies } from './auth/open-session.ts';
import type { ClientDescription } from './auth/session-ports.ts';
import type { TokenClient } from './auth/token-client.ts';
import type { Config } from './config.ts';
import { AppError } from './errors.ts';
import { createRateLimit } from './http/rate-limit.ts';
import { issuerOf } from './msal/authority.ts';

/** Starts of device sign-ins. Each writes a row, and anybody may start one. */
const startLimits = { windowSeconds: 15 * 60, perAddress: 20, perInstance: 600 };

/** What a device is told that shows a session from before device sign-in was switched off. */
export function deviceSignInOff(): AppError {
  const detail = 'Device sign-in is switched off.';
  return new AppError('unauthenticated', { detail, challenge: 'Bearer' });
}

/** Sign-in of devices, which is off unless it is configured. */
export function createDeviceServices(
  config: Config,
  dependencies: OpenSessionDependencies & { tokenClient: TokenClient; devices: DeviceStore },
) {
  const limitStarts = createRateLimit(startLimits);

  function device(): NonNullable<Config['device']> {
    if (!config.device) throw new AppError('not_found');
    return config.device;
  }

  async function start(client: ClientDescription) {
    const { scopes } = device();
    await limitStarts(client.address);
    return startDeviceSignIn({ ...dependencies, scopes });
  }

  async function poll(handle: string, client: ClientDescription) {
    const expected: PollDependencies['expected'] = {
      clientId: device().clientId,
      allowedTenants: config.authority.allowedTenants,
      issuerOf: (tenantId) => issuerOf(config.authority, tenantId),
    };
    const { pollDeviceSignIn } = await import('./auth/device/poll.ts');
    return pollDeviceSignIn({ ...dependencies, expected }, handle, client).catch((error) => {
      throw toDeviceError(error);
    });
  }

  return { startDeviceSignIn: start, pollDeviceSignIn: poll };
}

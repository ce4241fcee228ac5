import { TokenError } from '../../../src/lib/auth/tokens/token-error.ts';
import { type Check, ok, skipped } from '../check.ts';

const waiting = new Set(['authorization_pending', 'slow_down']);

/**
 * Whether device sign-in is offered: a code is asked for, and once whether somebody has entered it.
 * Nobody is shown it, and it lapses.
 */
export const deviceClient: Check = {
  name: 'device-client',
  needs: ['metadata', 'clock'],
  mend: 'Compare ENTRA_DEVICE_CLIENT_ID with the app registration for devices, and turn on “Allow public client flows” there (Authentication). Does DEVICE_SCOPES name scopes of Graph?',
  async run({ config, tokenClient }) {
    if (!config.device) return skipped('device sign-in is off: ENTRA_DEVICE_CLIENT_ID is not set');
    const { scopes } = config.device;
    const authorization = await tokenClient.startDevice(scopes);
    try {
      await tokenClient.pollDevice(authorization, scopes);
    } catch (error) {
      const isWaiting = error instanceof TokenError && waiting.has(error.fault.error ?? '');
      if (!isWaiting) throw error;
    }
    return ok(`a device sign-in may ask for ${scopes.join(' ')}`);
  },
};

import type { components } from '../../../web/openapi.d.ts';
import { AppError } from '../../errors.ts';
import type { Core } from '../core.ts';
import type { ClientDescription } from '../session/ports.ts';
import { TokenError, toAppError } from '../tokens/token-error.ts';
import { classifyFault } from '../tokens/token-fault.ts';
import { newDeviceHandle } from './handle.ts';

type StartCore = Pick<Core, 'tokenClient' | 'devices' | 'clients' | 'limits' | 'now'>;

/** The answer of `POST /device`. */
type StartedDeviceSignIn = components['schemas']['StartedDeviceSignIn'];

/** Polls are no closer than this, whatever the identity provider says: seconds. */
const minIntervalSeconds = 1;

/**
 * Starts a device sign-in. The device code stays here.
 *
 * @throws AppError `not_found` where device sign-in is off, `throttled`; `misconfigured` if the identity provider takes no device sign-ins of this app,
 *   `temporarily_unavailable`.
 */
export async function startDeviceSignIn(
  { tokenClient, devices, clients, limits, now }: StartCore,
  { address }: ClientDescription,
): Promise<StartedDeviceSignIn> {
  if (!clients.device) throw new AppError('not_found');
  const { scopes } = clients.device;
  await limits.deviceStarts(address);
  const authorization = await tokenClient.startDevice(scopes).catch((error: unknown) => {
    throw error instanceof TokenError ? toStartError(error) : error;
  });
  const { userCode, verificationUri, expiresIn } = authorization;
  const interval = Math.max(authorization.interval, minIntervalSeconds);
  const time = now();
  const expiresAt = time + expiresIn * 1000;
  const { handle, key } = newDeviceHandle(expiresAt);
  await devices.create(key, {
    ...{ state: 'pending', authorization, scopes, expiresAt },
    ...{ intervalMs: interval * 1000, pollAfter: time },
  });
  return { handle, userCode, verificationUri, expiresIn, interval };
}

/** No user is concerned yet: what is not for time to mend is for the operator. */
function toStartError(error: TokenError): AppError {
  if (classifyFault(error.fault).class === 'transient') return toAppError(error);
  const detail = 'The identity provider refuses device sign-in. Its operator has to mend that.';
  return new AppError('misconfigured', { detail }, error);
}

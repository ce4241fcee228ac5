import { createHmac } from 'node:crypto';

/** A service that calls the application in its own name. */
export interface BackEndOptions {
  readonly clientId: string;
  /** Default: a random one, the same as long as the data file is. */
  readonly clientSecret?: string;
  /** App roles that it is granted. */
  readonly roles: readonly string[];
}

export type BackEnd = Required<BackEndOptions>;

/** The client id of the back end "Nightly job", which there is by default. */
export const nightlyJobClientId = '7d3c1f6e-0000-4000-8000-00000000b0b0';

export const nightlyJobRole = 'Evergreen.ActForUsers';

const nightlyJob: BackEndOptions = {
  clientId: nightlyJobClientId,
  roles: [nightlyJobRole],
};

/** @param secretKey what secrets that aren't given are derived from */
export function backEndsOf(
  options: readonly BackEndOptions[] | undefined,
  secretKey: string,
): readonly BackEnd[] {
  return (options ?? [nightlyJob]).map(({ clientId, clientSecret, roles }) => ({
    clientId,
    roles,
    clientSecret:
      clientSecret ??
      createHmac('sha256', secretKey).update(`client secret ${clientId}`).digest('base64url'),
  }));
}

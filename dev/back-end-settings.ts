import { writeFileSync } from 'node:fs';
import type { StandIn } from './stand-in.ts';

/** Writes what the example of a back end needs, for `node --env-file`. Readable to its owner alone. */
export function writeBackEndSettings(
  path: string,
  appOrigin: string,
  { backEnd, users: [user] }: Pick<StandIn, 'backEnd' | 'users'>,
): void {
  if (!backEnd || !user) return;
  const lines = [
    `EVERGREEN_URL=${appOrigin}`,
    `TOKEN_ENDPOINT=${backEnd.tokenEndpoint}`,
    `CLIENT_ID=${backEnd.clientId}`,
    `CLIENT_SECRET=${backEnd.clientSecret}`,
    `SCOPE=${backEnd.scope}`,
    `USER_ID=${user.oid}`,
  ];
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 });
}

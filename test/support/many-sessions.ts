import type {
  SessionPlace,
  SessionRecord,
  SessionStore,
} from '../../src/lib/auth/session/ports.ts';
import { newSessionSecret } from '../../src/lib/auth/session/session.ts';
import { hashOfSid, userHash } from '../../src/lib/auth/user.ts';
import { applyEach } from '../../src/lib/storage/buckets.ts';
import { listedRow } from '../../src/lib/storage/listed-sessions.ts';
import type { Change } from '../../src/lib/storage/row.ts';
import type { Table } from '../../src/lib/storage/table.ts';
import { days, minutes } from './clock.ts';

const identity = { oid: 'many-oid', tid: 'tid', name: undefined, username: undefined };

/** Somebody with more sessions than the app would let them have. */
export const manyUser = { identity, user: userHash(identity) };

/**
 * Writes sessions of {@link manyUser} that were opened a minute apart, the first the longest ago, each
 * from a session of its own at the identity provider.
 *
 * @param table of the tokens, where they are listed.
 */
export async function writeSessions(
  { sessions, table }: { sessions: SessionStore; table: Table },
  { count, now }: { count: number; now: number },
): Promise<(SessionPlace & { secret: string })[]> {
  const written: (SessionPlace & { secret: string })[] = [];
  const listed: Change[] = [];
  for (let n = 0; n < count; n++) {
    const createdAt = now - (count - n) * minutes;
    const expiresAt = createdAt + 7 * days;
    const { secret, key } = newSessionSecret(expiresAt);
    const provider = { sid: `sid-${n}`, loginHint: undefined };
    const session: SessionRecord = {
      ...manyUser,
      ...{ flow: 'code', kind: 'browser', createdAt, lastSeenAt: now, expiresAt, provider },
    };
    await sessions.create(key, session);
    const sidHash = hashOfSid(provider.sid);
    const row = listedRow(manyUser.user, { hash: key.hash, createdAt, expiresAt, sidHash });
    listed.push({ kind: 'upsert', row });
    written.push({ key, sidHash, secret });
  }
  await applyEach(table, listed);
  return written;
}

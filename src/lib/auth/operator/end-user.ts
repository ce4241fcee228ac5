import { ConflictError, GoneError } from '../../errors.ts';
import { lookAfterMs } from '../refresh/failure.ts';
import { type EndingCore, endAllSessions, withoutRetention } from '../session/sign-out.ts';
import type { ReauthReason } from '../tokens/token-fault.ts';
import { type Flow, flows, type UserHash } from '../user.ts';

const maxAttempts = 5;
const reason: ReauthReason = 'session_revoked';

/**
 * Signs a user out everywhere. Tokens that are retained are of no use until they have signed in
 * again, and back ends are told so.
 */
export async function revokeUser(core: EndingCore, user: UserHash): Promise<void> {
  await endAllSessions(core, user);
  for (const flow of flows) await endTokens(core, user, flow);
}

/** Deletes all that is kept of a user, retained or not. */
export async function forgetUser(core: EndingCore, user: UserHash): Promise<void> {
  await endAllSessions(withoutRetention(core), user);
}

/**
 * The record is written as a whole, and as new: a refresh that is under way takes what it finds
 * then for newer than its own, and keeps nothing. A record that can't be opened is deleted.
 */
async function endTokens({ tokens, now }: EndingCore, user: UserHash, flow: Flow): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const status = await tokens.readStatus(user, flow);
    if (!status) return;
    const record = await tokens.read(user, flow);
    const time = now();
    const ended = { state: 'reauth_required', reason, failures: 0, retryAt: 0 } as const;
    const times = {
      refreshedAt: Math.max(time, status.refreshedAt + 1),
      dueAt: time + lookAfterMs,
    };
    try {
      if (record) await tokens.update(record, { ...record, ...ended, ...times, lease: undefined });
      else await tokens.remove(status);
      return;
    } catch (error) {
      if (error instanceof GoneError) return;
      if (!(error instanceof ConflictError) || attempt === maxAttempts) throw error;
    }
  }
}

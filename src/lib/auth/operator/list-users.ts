import { iso } from '../../basics/time-text.ts';
import type { FoundRecord, TokenStatus, TokenStore, UnreadableReason } from '../ports.ts';
import { type Flow, logName, userHash } from '../user.ts';
import { formatUserId } from './user-id.ts';

/** One user's tokens for one client, without the tokens. Times are ISO 8601 in UTC. */
export type ListedTokens = {
  /** What the log calls the user. */
  logName: string;
  flow: Flow;
} & (
  | {
      /** `oid.tid` */
      user: string;
      state: TokenStatus['state'];
      reason?: string;
      lastSeenAt: string;
      /** When they are refreshed next, or, once the sign-in has ended, looked at for deletion. */
      dueAt: string;
    }
  /** `owner`: what is in the record is somebody else's, or nobody's. */
  | { user: null; unreadable: UnreadableReason | 'owner' }
);

/** Whose a token cache is. */
type OwnerOf = (cache: string) => { oid: string; tid: string } | undefined;

/** Everybody who has tokens, page by page. What can't be read is among them. */
export async function* listUsers(
  { tokens }: { tokens: Pick<TokenStore, 'shards' | 'records'> },
  ownerOf: OwnerOf,
): AsyncGenerator<ListedTokens[]> {
  for (const shard of tokens.shards) {
    for await (const page of tokens.records(shard)) {
      yield page.map((record) => toListed(record, ownerOf));
    }
  }
}

function toListed(record: FoundRecord, ownerOf: OwnerOf): ListedTokens {
  const { user: hash, flow } = record;
  const named = { logName: logName(hash), flow };
  if ('unreadable' in record) return { user: null, ...named, unreadable: record.unreadable };
  const owner = ownerOf(record.cache);
  if (!owner || userHash(owner) !== hash) return { user: null, ...named, unreadable: 'owner' };
  const { state, reason, lastSeenAt, dueAt } = record.status;
  return {
    user: formatUserId(owner),
    ...named,
    state,
    ...(reason && { reason }),
    lastSeenAt: iso(lastSeenAt),
    dueAt: iso(dueAt),
  };
}

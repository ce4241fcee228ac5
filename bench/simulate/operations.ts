/**
 * What the app asks of storage and of the token endpoint: the one place where models and cost
 * estimates take it from. `test/integration/operations.test.ts` holds it against the real adapters.
 */

/** What an operation asks of a table. */
export interface TableUse {
  /** HTTP requests: what is billed. A transaction is one. */
  requests: number;
  /** Entities read or written: what partitions are limited by. */
  entities: number;
}

const one: TableUse = { requests: 1, entities: 1 };

/** Of the token store's methods, as they usually go. */
export const tokenStoreUse = {
  read: one,
  readAccessToken: one,
  readStatus: one,
  /** One transaction: the record, the old due mark, the new one. */
  update: { requests: 1, entities: 3 },
  /** A change that moves the due mark. */
  moveMark: { requests: 1, entities: 3 },
  /** A change that does not. */
  changeStatus: one,
  /** A read, and a transaction: record, both marks, the session on its list. */
  signInAgain: { requests: 2, entities: 5 },
  sessionsOf: one,
  /** Of a user without sessions: two queries. */
  signOutNobody: { requests: 2, entities: 1 },
  dropStaleMark: { requests: 2, entities: 1 },
  /** A read of the mark, and a transaction: the mark in its old and in its new place. */
  postponeMark: { requests: 2, entities: 3 },
} as const satisfies Record<string, TableUse>;

/** A user's refresh: read, lease, transaction. */
export const refreshUse = { tokenCalls: 1, tableRequests: 3 } as const;

/** A request with a session and a fresh access token. */
export const requestUse = {
  /** Session and access token. */
  tableRequests: 2,
  /** Besides, every five minutes at most: activity, of the session (two) and of the tokens. */
  activityRequests: 3,
} as const;

/** A sign-in: the state, tokens (read and transaction), session, its `sid`, the list of sessions again. */
export const signInUse = { tokenCalls: 1, tableRequests: 6 } as const;

/** The look at an absent user's tokens, besides their refresh: list of sessions, end of the dead ones. */
export const absentUse = { tableRequests: 4 } as const;

/** A sweep that finds few: a query for each shard, and the heartbeat. Further pages come on top. */
export const sweepUse = { tableRequests: 17, queueRequests: 1 } as const;

/** A message: sent, received, deleted. Receiving takes as many as a batch holds, and counts as one here. */
export const messageUse = { queueRequests: 3 } as const;

/** A `GET /health/refresh`: the heartbeats with their counts, and the depth of the queue. */
export const healthUse = { tableRequests: 1, queueRequests: 1 } as const;

import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type {
  AccessToken,
  FoundRecord,
  Log,
  StatusChange,
  TokenRecord,
  TokenStatus,
  UnreadableReason,
  Versioned,
} from '../auth/ports.ts';
import { missingAccessToken } from '../auth/tokens/missing-access-token.ts';
import { type Flow, logName, type UserHash } from '../auth/user.ts';
import type { Sealer } from '../crypto/sealer.ts';
import { AppError } from '../errors.ts';
import { columnsOf, fromColumns, toColumns } from './numbered-columns.ts';
import type { Row, RowAddress, StoredRow, Value } from './row.ts';
import { assertSchema, time } from './stored-row.ts';

export const tokensTable = 'tokens';
const schema = 1;

/** Columns that {@link readStatus} needs. */
export const statusColumns = [
  'schema',
  'scopes',
  'expiresAt',
  'refreshedAt',
  'refreshedBy',
  'dueAt',
  'tenantId',
  'state',
  'reason',
  'failures',
  'retryAt',
  'lastSeenAt',
  'usedAt',
  'sessionsEndAt',
];

/** Columns that {@link openAccessToken} needs. */
export const accessTokenColumns = [...statusColumns, 'kid', ...columnsOf('accessToken')];

/** Columns that {@link findRecord} needs. */
export const recordColumns = [...statusColumns, 'kid', ...columnsOf('cache')];

/** 16 partitions by the first digit of the user hash: enough for an account's 20,000 operations/s. */
export const shards: readonly string[] = [...'0123456789abcdef'];

/** All rows of a user are in one partition, so that they change in one transaction. */
export function shardOf(user: UserHash): string {
  return user.slice(0, 1);
}

export function cacheAddress(user: UserHash, flow: Flow): RowAddress {
  return { partitionKey: shardOf(user), rowKey: `c|${user}|${flow}` };
}

/**
 * A row with two sealed values: MSAL's cache, and apart from it the current access token. Each is
 * sealed as a whole before it is split over columns, so that these open together and in their order
 * alone.
 */
export async function toRow(sealer: Sealer, record: TokenRecord): Promise<Row> {
  const address = cacheAddress(record.user, record.flow);
  const { kid, sealed } = await sealer.seal(
    {
      cache: deflateRawSync(record.cache),
      accessToken: Buffer.from(record.accessToken.token),
    },
    { table: tokensTable, ...address, schema },
  );
  return {
    ...address,
    schema,
    kid,
    ...toColumns('cache', sealed.cache),
    ...toColumns('accessToken', sealed.accessToken),
    scopes: record.scopes.join(' '),
    expiresAt: new Date(record.accessTokenExpiresAt),
    refreshedAt: new Date(record.refreshedAt),
    refreshedBy: record.refreshedBy,
    tenantId: record.tenantId,
    ...changedColumns(record),
  };
}

/** The columns of those properties that are there. */
export function changedColumns(change: StatusChange): Record<string, Value> {
  const { state, failures, retryAt, dueAt, lastSeenAt, usedAt, sessionsEndAt } = change;
  return {
    ...(state !== undefined && { state }),
    ...('reason' in change && { reason: change.reason ?? '' }),
    ...(failures !== undefined && { failures }),
    ...(retryAt !== undefined && { retryAt: new Date(retryAt) }),
    ...(dueAt !== undefined && { dueAt: new Date(dueAt) }),
    ...(lastSeenAt !== undefined && { lastSeenAt: new Date(lastSeenAt) }),
    ...(usedAt !== undefined && { usedAt: new Date(usedAt) }),
    ...(sessionsEndAt !== undefined && { sessionsEndAt: new Date(sessionsEndAt) }),
    ...('lease' in change && {
      leaseOwner: change.lease?.owner ?? '',
      leaseUntil: new Date(change.lease?.until ?? 0),
    }),
  };
}

/** @throws AppError `temporarily_unavailable` for a row that a newer version of the app wrote. */
export function readStatus(row: StoredRow, user: UserHash, flow: Flow): TokenStatus {
  assertSchema(row, schema);
  const refreshedAt = time(row['refreshedAt']);
  const reason = row['reason'];
  const scopes = String(row['scopes'] ?? '');
  return {
    user,
    flow,
    tenantId: String(row['tenantId'] ?? ''),
    scopes: scopes ? scopes.split(' ') : [],
    accessTokenExpiresAt: time(row['expiresAt']),
    refreshedAt,
    refreshedBy: row['refreshedBy'] === 'timer' ? 'timer' : 'request',
    state: row['state'] === 'reauth_required' ? 'reauth_required' : 'active',
    reason: typeof reason === 'string' && reason ? reason : undefined,
    failures: Number(row['failures'] ?? 0),
    retryAt: time(row['retryAt']),
    dueAt: time(row['dueAt']),
    // Rows from before these columns count as just refreshed for somebody, and as in use.
    lastSeenAt: time(row['lastSeenAt']) || refreshedAt,
    usedAt: time(row['usedAt']),
    sessionsEndAt: time(row['sessionsEndAt']) || refreshedAt + longestSessionMs,
  };
}

const longestSessionMs = 400 * 24 * 60 * 60 * 1000;

/** The row with its access token, or without one if that does not open here. */
export async function openAccessToken(
  sealer: Sealer,
  row: StoredRow,
  status: TokenStatus,
  log: Log,
): Promise<Versioned<TokenStatus & { accessToken: AccessToken }>> {
  const token = await openProperty(sealer, row, 'accessToken');
  if (!token) undecryptable(status, log);
  const accessToken = token
    ? { token: Buffer.from(token).toString('utf8'), expiresAt: status.accessTokenExpiresAt }
    : missingAccessToken;
  const accessTokenExpiresAt = accessToken.expiresAt;
  return { ...status, accessToken, accessTokenExpiresAt, version: row.etag };
}

/** The whole record, or undefined if its cache does not open here. */
export async function openRecord(
  sealer: Sealer,
  row: StoredRow,
  status: TokenStatus,
  log: Log,
): Promise<Versioned<TokenRecord> | undefined> {
  const cache = await openProperty(sealer, row, 'cache');
  if (!cache) return undecryptable(status, log);
  return {
    ...(await openAccessToken(sealer, row, status, log)),
    cache: inflateRawSync(cache).toString('utf8'),
    lease: readLease(row),
  };
}

/** The record as it is, or why it can't be read. */
export async function findRecord(
  sealer: Sealer,
  row: StoredRow,
  { user, flow }: { user: UserHash; flow: Flow },
): Promise<FoundRecord> {
  let unreadable: UnreadableReason = 'newer_schema';
  try {
    const status = readStatus(row, user, flow);
    unreadable = 'key';
    const cache = await openProperty(sealer, row, 'cache');
    if (!cache) return { user, flow, unreadable: 'sealed' };
    return { user, flow, status, cache: inflateRawSync(cache).toString('utf8') };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { user, flow, unreadable };
  }
}

function readLease(row: StoredRow): TokenRecord['lease'] {
  const owner = row['leaseOwner'];
  return typeof owner === 'string' && owner ? { owner, until: time(row['leaseUntil']) } : undefined;
}

async function openProperty(
  sealer: Sealer,
  row: StoredRow,
  property: string,
): Promise<Uint8Array | undefined> {
  const { partitionKey, rowKey } = row;
  const kid = row['kid'];
  const bytes = fromColumns(property, row);
  if (typeof kid !== 'string' || !bytes) return undefined;
  const address = { table: tokensTable, partitionKey, rowKey, property, schema };
  return sealer.open({ kid, bytes }, address);
}

function undecryptable(status: TokenStatus, log: Log): undefined {
  log.error('undecryptable', { table: tokensTable, user: logName(status.user), flow: status.flow });
}

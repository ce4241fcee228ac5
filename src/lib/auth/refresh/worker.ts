import { AppError, ConflictError, GoneError, UnusableError } from '../../errors.ts';
import type { DueMark, TokenRecord, TokenStatus, TokenStore, Versioned } from '../ports.ts';
import { endDeadSessions } from '../session/sign-out.ts';
import { describeFault } from '../tokens/token-error.ts';
import { logName } from '../user.ts';
import { isStale, markedBy } from './due-mark.ts';
import type { RefreshCore, RefreshOutcome } from './outcome.ts';
import { postpone } from './postponement.ts';
import { refreshTokens } from './refresh.ts';
import { absentDue, isHot, isKeepAliveDue, lastUse } from './schedule.ts';

/**
 * The outcomes of a refresh, and four more. `kept`: postponed until keep-alive. `forgotten`: deleted, because
 * no session and no retention needs the tokens. `unreadable`: the row doesn't open; postponed by a day.
 * `postponed`: the row can't be used now.
 */
type WorkerOutcome = RefreshOutcome['kind'] | 'kept' | 'forgotten' | 'unreadable' | 'postponed';

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Handles one message: refreshes a user whom the sweep found due. If a message is delivered twice, the second
 * delivery finds the user no longer due. If storage fails, this logs it; the due mark stays, and the next
 * sweep sends the user again.
 */
export async function refreshDueUser(core: RefreshCore, mark: DueMark): Promise<void> {
  const { log } = core;
  const fields = { user: logName(mark.user), flow: mark.flow };
  try {
    log.info('refresh', { ...fields, outcome: await lookAfter(core, mark) });
  } catch (error) {
    if (!isPassing(error)) throw error;
    log.warn('refresh-put-off', { ...fields, ...describeFault(error) });
  }
}

/**
 * Postpones a user by a day, so that a row or message that can't be processed doesn't block others.
 * Deletes the tokens instead if no session and no retention needs them.
 *
 * @returns what was done. `stale`: the mark had no record behind it and was deleted.
 */
export async function putBack(
  { tokens, now, refreshPolicy }: Pick<RefreshCore, 'tokens' | 'now' | 'refreshPolicy'>,
  mark: DueMark,
): Promise<'put-back' | 'forgotten' | 'stale'> {
  const status = await readStatusOrUnusable(tokens, mark);
  if (status === 'unusable') {
    await tokens.postponeMark(mark, () => now() + dayMs);
    return 'put-back';
  }
  if (!status || isStale(mark, status)) {
    await tokens.dropStaleMark(mark);
    return 'stale';
  }
  const marked = markedBy(status, mark);
  const keptUntil = status.sessionsEndAt + refreshPolicy.retainMs;
  try {
    if (keptUntil <= now()) {
      await tokens.remove(marked);
      return 'forgotten';
    }
    await tokens.changeStatus(marked, { dueAt: Math.min(now() + dayMs, keptUntil) });
    return 'put-back';
  } catch (error) {
    // A conflict means that another process changed the row, so it is not stuck.
    if (!isPassing(error)) throw error;
    return 'stale';
  }
}

async function readStatusOrUnusable(tokens: TokenStore, { user, flow }: DueMark) {
  try {
    return await tokens.readStatus(user, flow);
  } catch (error) {
    if (error instanceof UnusableError) return 'unusable';
    throw error;
  }
}

/** Storage failed, or another process changed the row first. The due mark, if there is one, makes up for it. */
function isPassing(error: unknown): boolean {
  return [AppError, ConflictError, GoneError].some((type) => error instanceof type);
}

/** Postpones the mark of a user who can't be refreshed now, so that the users behind it get their turn. */
async function lookAfter(core: RefreshCore, mark: DueMark): Promise<WorkerOutcome> {
  try {
    const outcome = await lookAfterDue(core, mark);
    if (typeof outcome === 'string') return outcome;
    const isOperators = outcome.kind === 'failed' && outcome.error.code === 'misconfigured';
    if (isOperators) await postpone(core, mark, 'operator');
    return outcome.kind;
  } catch (error) {
    if (!(error instanceof UnusableError)) throw error;
    return lookAfterUnusable(core, mark, error);
  }
}

async function lookAfterDue(
  core: RefreshCore,
  mark: DueMark,
): Promise<RefreshOutcome | WorkerOutcome> {
  const { tokens, now, refreshPolicy } = core;
  const isDue = (record: TokenRecord) => record.dueAt <= now();
  const outcome = await refresh(
    core,
    mark,
    (record) =>
      isDue(record) && !isOver(core, record) && isHot(refreshPolicy, lastUse(record), now()),
  );
  if (outcome.kind === 'not-wanted' && isDue(outcome.record)) {
    return lookAfterAbsent(core, mark, outcome.record);
  }
  if (outcome.kind === 'not-wanted' || outcome.kind === 'refused') await tokens.dropStaleMark(mark);
  if (outcome.kind === 'gone') return lookAfterUnreadable(core, mark);
  return outcome;
}

/** Decides what to do for a user who has been absent for long: delete, refresh for keep-alive, or postpone. */
async function lookAfterAbsent(
  core: RefreshCore,
  mark: DueMark,
  record: Versioned<TokenRecord>,
): Promise<RefreshOutcome | WorkerOutcome> {
  const { tokens, now, refreshPolicy } = core;
  if (isOver(core, record)) {
    await tokens.remove(markedBy(record, mark));
    return 'forgotten';
  }
  const refreshDue = () => refresh(core, mark, ({ dueAt }) => dueAt <= now());
  if (await endDeadSessions(core, record.user)) return 'forgotten';
  if (isKeepAliveDue(refreshPolicy, record.refreshedAt, now())) return refreshDue();
  // Ending dead sessions may have changed the row, and the user may have come back.
  const present = await tokens.readStatus(record.user, record.flow);
  if (!present) return 'forgotten';
  if (isHot(refreshPolicy, lastUse(present), now())) return refreshDue();
  await tokens.changeStatus(markedBy(present, mark), {
    dueAt: absentDue(refreshPolicy, { ...present, now: now() }),
  });
  return 'kept';
}

/**
 * Handles a mark without a record that opens. The user's sessions may not open either, and would look dead,
 * so only their time limit ends them.
 */
async function lookAfterUnreadable(core: RefreshCore, mark: DueMark): Promise<WorkerOutcome> {
  const { count } = core;
  const done = await putBack(core, mark);
  if (done === 'stale') return 'gone';
  if (done === 'forgotten') return done;
  count('failed-alone', mark.user);
  return 'unreadable';
}

/** Leaves a row alone that exists but can't be used now, unless no session and no retention needs it. */
async function lookAfterUnusable(
  core: RefreshCore,
  mark: DueMark,
  { reason }: UnusableError,
): Promise<WorkerOutcome> {
  const { tokens, count } = core;
  if (reason === 'key') {
    const status = await tokens.readStatus(mark.user, mark.flow);
    if (status && !isStale(mark, status) && isOver(core, status)) {
      await tokens.remove(markedBy(status, mark));
      return 'forgotten';
    }
  }
  await postpone(core, mark, reason);
  count('failed-alone', mark.user);
  return 'postponed';
}

/** Whether neither a session nor retention keeps the tokens. */
function isOver({ refreshPolicy, now }: RefreshCore, status: TokenStatus): boolean {
  return status.sessionsEndAt + refreshPolicy.retainMs <= now();
}

function refresh(
  core: RefreshCore,
  mark: DueMark,
  wanted: (record: TokenRecord) => boolean,
): Promise<RefreshOutcome> {
  const { user, flow } = mark;
  return refreshTokens(core, { user, flow, by: 'timer', wanted, mark });
}

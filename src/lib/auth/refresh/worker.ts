import { AppError, ConflictError, GoneError } from '../../errors.ts';
import type { DueMark, SessionStore, TokenRecord, Versioned } from '../ports.ts';
import type { SessionPolicy } from '../session.ts';
import { endDeadSessions } from '../sign-out.ts';
import { describeFault } from '../token-error.ts';
import { logName } from '../user.ts';
import type { RefreshDependencies, RefreshOutcome } from './outcome.ts';
import { refreshTokens } from './refresh.ts';
import { absentDue, isHot, isKeepAliveDue } from './schedule.ts';

export interface WorkerDependencies extends RefreshDependencies {
  sessions: SessionStore;
  sessionPolicy: SessionPolicy;
}

/**
 * Besides a refresh's outcomes: put off until keep-alive, deleted because nobody needs them, or put
 * back because they can't be opened.
 */
type WorkerOutcome = RefreshOutcome['kind'] | 'kept' | 'forgotten' | 'unreadable';

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Looks after a user whom the sweep found due. A message that comes twice finds the user no longer
 * due. If the store fails, the log says so, and the due mark, which stays, brings the user back.
 */
export async function refreshDueUser(
  dependencies: WorkerDependencies,
  mark: DueMark,
): Promise<void> {
  const { log } = dependencies;
  const fields = { user: logName(mark.user), flow: mark.flow };
  try {
    log.info('refresh', { ...fields, outcome: await lookAfter(dependencies, mark) });
  } catch (error) {
    if (!isPassing(error)) throw error;
    log.warn('refresh-put-off', { ...fields, ...describeFault(error) });
  }
}

/**
 * Puts a user back by a day, so that a row or message that can't be worked on stops nobody else.
 *
 * @returns whether that was needed.
 */
export async function putBack(
  { tokens, now }: Pick<RefreshDependencies, 'tokens' | 'now'>,
  mark: DueMark,
): Promise<boolean> {
  const status = await tokens.readStatus(mark.user, mark.flow);
  if (status?.state !== mark.state || status.dueAt !== mark.dueAt) {
    await tokens.dropStaleMark(mark);
    return false;
  }
  try {
    await tokens.changeStatus(status, { dueAt: now() + dayMs });
    return true;
  } catch (error) {
    // If somebody else changed it, it is not stuck.
    if (!isPassing(error)) throw error;
    return false;
  }
}

/** The store is away, or somebody else was faster: the due mark, where there is one, is enough. */
function isPassing(error: unknown): boolean {
  return [AppError, ConflictError, GoneError].some((type) => error instanceof type);
}

async function lookAfter(dependencies: WorkerDependencies, mark: DueMark): Promise<WorkerOutcome> {
  const { tokens, now, refreshPolicy } = dependencies;
  const isDue = (record: TokenRecord) => record.dueAt <= now();
  const outcome = await refresh(
    dependencies,
    mark,
    (record) =>
      isDue(record) &&
      !isOver(dependencies, record) &&
      isHot(refreshPolicy, record.lastSeenAt, now()),
  );
  if (outcome.kind === 'not-wanted' && isDue(outcome.record)) {
    return lookAfterAbsent(dependencies, mark, outcome.record);
  }
  if (outcome.kind === 'not-wanted' || outcome.kind === 'refused') await tokens.dropStaleMark(mark);
  // Or it is there, and can't be opened.
  if (outcome.kind === 'gone' && (await putBack(dependencies, mark))) {
    dependencies.count('failed');
    return 'unreadable';
  }
  return outcome.kind;
}

/** A user who has not been seen for long: whether anybody still needs the tokens, and how soon. */
async function lookAfterAbsent(
  dependencies: WorkerDependencies,
  mark: DueMark,
  record: Versioned<TokenRecord>,
): Promise<WorkerOutcome> {
  const { tokens, now, refreshPolicy, sessionPolicy } = dependencies;
  if (isOver(dependencies, record)) {
    await tokens.remove(record);
    return 'forgotten';
  }
  const refreshDue = async () => {
    const { kind } = await refresh(dependencies, mark, ({ dueAt }) => dueAt <= now());
    return kind;
  };
  const { retainMs } = refreshPolicy;
  const ending = { ...dependencies, policy: sessionPolicy, retainMs };
  if (await endDeadSessions(ending, record.user)) return 'forgotten';
  if (isKeepAliveDue(refreshPolicy, record.refreshedAt, now())) return refreshDue();
  // The end of the sessions may have been noted just now, or the user may be back.
  const present = await tokens.readStatus(record.user, record.flow);
  if (!present) return 'forgotten';
  if (isHot(refreshPolicy, present.lastSeenAt, now())) return refreshDue();
  await tokens.changeStatus(present, {
    dueAt: absentDue(refreshPolicy, { ...present, now: now() }),
  });
  return 'kept';
}

/** Neither a session nor retention keeps the tokens. */
function isOver({ refreshPolicy, now }: WorkerDependencies, record: TokenRecord): boolean {
  return record.sessionsEndAt + refreshPolicy.retainMs <= now();
}

function refresh(
  dependencies: WorkerDependencies,
  { user, flow }: DueMark,
  wanted: (record: TokenRecord) => boolean,
): Promise<RefreshOutcome> {
  return refreshTokens(dependencies, { user, flow, by: 'timer', wanted });
}

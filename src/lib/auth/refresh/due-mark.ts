import type { DueMark, TokenStatus } from '../ports.ts';

/**
 * Whether a mark has no record behind it: the user is gone, the record's state is another, or it is
 * due later. A mark that is later than its record was postponed, and holds.
 *
 * @param status the record's, as it was read.
 */
export function isStale(mark: DueMark, status: TokenStatus | undefined): boolean {
  return status?.state !== mark.state || status.dueAt > mark.dueAt;
}

/**
 * A status that names its mark where that really is, so that a write moves the mark that brought us
 * here, postponed or not.
 */
export function markedBy<S extends TokenStatus>(status: S, mark: DueMark | undefined): S {
  return mark && !isStale(mark, status) ? { ...status, dueAt: mark.dueAt } : status;
}

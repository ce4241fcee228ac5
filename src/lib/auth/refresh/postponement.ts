import type { UnusableReason } from '../../errors.ts';
import type { Core } from '../core.ts';
import type { DueMark } from '../ports.ts';

/** Why nobody can work on a user now, though neither the user nor the store is at fault. */
export type Obstacle = UnusableReason | 'operator';

/**
 * Milliseconds until the next look. An app that is refused and a vault that is away affect many
 * users, and all have to be refreshed within two minutes of their end: so a postponed mark is due
 * again by the next sweep. A newer schema lasts until the next deployment.
 */
const waitsMs: Record<Obstacle, { first: number; longest: number }> = {
  operator: { first: 30_000, longest: 30_000 },
  key: { first: 30_000, longest: 30_000 },
  newer_schema: { first: 5 * 60_000, longest: 60 * 60_000 },
};

/** A wait is shorter by up to this part of it, so that users spread. */
const spread = 1 / 3;

/**
 * Takes a mark from the front of its shard, where it would keep others from their turn. The user's
 * row stays as it is.
 */
export function postpone(
  { tokens, now, refreshPolicy }: Pick<Core, 'tokens' | 'now' | 'refreshPolicy'>,
  mark: DueMark,
  obstacle: Obstacle,
): Promise<void> {
  const { first, longest } = waitsMs[obstacle];
  return tokens.postponeMark(mark, (postponed) => {
    const wait = Math.min(first * 2 ** Math.min(postponed, 20), longest);
    return now() + Math.round(wait * (1 - spread * refreshPolicy.random()));
  });
}

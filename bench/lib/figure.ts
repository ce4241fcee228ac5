/** What a figure should be: within both limits, where it has both. */
export interface Target {
  readonly atMost?: number;
  readonly atLeast?: number;
  /** What would be better still, in the same direction. */
  readonly stretch?: number;
}

/** The target of what is counted and can be one number only. */
export function exactly(value: number): Target {
  return { atMost: value, atLeast: value };
}

/** A figure: the median over the rounds of a run, with its spread. */
export interface Figure {
  /** One of a closed set, such as `me-warm-cpu`. */
  readonly name: string;
  /** Says what is compared with what. */
  readonly title: string;
  readonly unit: 'ratio' | 'count' | 'bytes' | 'ms' | 'requests/s';
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly rounds: readonly number[];
  readonly target?: Target;
}

export type Verdict = 'stretch' | 'holds' | 'missed' | 'no target';

/** The figure with the median and the spread of its rounds. */
export function figureOf(given: Omit<Figure, 'median' | 'least' | 'most'>): Figure {
  const { rounds } = given;
  return {
    ...given,
    median: median(rounds),
    least: Math.min(...rounds),
    most: Math.max(...rounds),
  };
}

/** Whether the median holds: one that is no number does not. */
export function verdictOf({ median, target }: Figure): Verdict {
  if (!target) return 'no target';
  const { atMost = Infinity, atLeast = -Infinity, stretch } = target;
  const isHeld = median <= atMost && median >= atLeast;
  if (!isHeld) return 'missed';
  if (stretch === undefined) return 'holds';
  const isStretched = target.atMost === undefined ? median >= stretch : median <= stretch;
  return isStretched ? 'stretch' : 'holds';
}

/** Of the same round each: what else the machine did then concerns both. */
export function ratios(of: readonly number[], to: readonly number[]): number[] {
  return of.map((value, round) => value / (to[round] ?? Number.NaN));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [Math.floor((sorted.length - 1) / 2), Math.ceil((sorted.length - 1) / 2)];
  return ((sorted[low] ?? Number.NaN) + (sorted[high] ?? Number.NaN)) / 2;
}

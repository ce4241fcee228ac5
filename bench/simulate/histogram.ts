/** Counts of durations in steps of one per cent, so that quantiles of millions take little room. */
export interface Histogram {
  add(ms: number): void;
  /** Takes in another's counts. */
  merge(counts: Float64Array): void;
  count(): number;
  /** @returns milliseconds, to within one per cent; 0 if there are none. */
  quantile(share: number): number;
  readonly counts: Float64Array;
}

const stepsPerE = 100;
/** The last step is of 10 years. */
const steps = Math.ceil(Math.log(10 * 366 * 24 * 3_600_000) * stepsPerE);

export function createHistogram(): Histogram {
  const counts = new Float64Array(steps);
  const count = () => counts.reduce((sum, each) => sum + each, 0);
  return {
    counts,
    add(ms) {
      const step = Math.min(steps - 1, Math.round(Math.log(Math.max(1, ms)) * stepsPerE));
      counts[step] = (counts[step] ?? 0) + 1;
    },
    merge(others) {
      others.forEach((each, step) => {
        counts[step] = (counts[step] ?? 0) + each;
      });
    },
    count,
    quantile(share) {
      const wanted = share * count();
      let seen = 0;
      for (let step = 0; step < steps; step++) {
        seen += counts[step] ?? 0;
        if (seen > 0 && seen >= wanted) return step === 0 ? 0 : Math.exp(step / stepsPerE);
      }
      return 0;
    },
  };
}

/** A look at something, whose result is remembered for a while. */
export interface Recent<T> {
  (): Promise<T>;
  /** The next call looks again: what was seen is no longer so. */
  forget(): void;
}

/**
 * Remembers for a while what a look at something came to, a failure too. Callers that come during a look
 * share it. So the number of looks doesn't depend on the number of callers.
 *
 * @param ms how long a result counts, from the end of its look.
 */
export function recent<T>(
  look: () => Promise<T>,
  { ms, now }: { ms: number; now: () => number },
): Recent<T> {
  let last: { result: Promise<T>; endedAt: number | undefined } | undefined;
  const isRecent = (at: number | undefined) => at === undefined || Math.abs(now() - at) < ms;

  function lookAgain(): Promise<T> {
    const current: typeof last = { result: look(), endedAt: undefined };
    const end = () => {
      current.endedAt = now();
    };
    current.result.then(end, end);
    last = current;
    return current.result;
  }

  const ask = () => (last && isRecent(last.endedAt) ? last.result : lookAgain());
  const forget = () => {
    last = undefined;
  };
  return Object.assign(ask, { forget });
}

/**
 * Callers go on one after the other, and in between whatever else is ready. Of long work that is
 * begun by many at once this keeps all others from waiting for all of it.
 */
export function createTurns(): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    last = last.then(() => new Promise((resolve) => setImmediate(resolve)));
    return last;
  };
}

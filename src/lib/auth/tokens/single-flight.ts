/** Runs one operation a key at a time; callers that come meanwhile share its result. */
export type SingleFlight<T> = (key: string, operation: () => Promise<T>) => Promise<T>;

/** The key must hold everything that the result depends on. */
export function createSingleFlight<T>(): SingleFlight<T> {
  const flights = new Map<string, Promise<T>>();
  return (key, operation) => {
    const underway = flights.get(key);
    if (underway !== undefined) return underway;
    const flight = operation().finally(() => flights.delete(key));
    flights.set(key, flight);
    return flight;
  };
}

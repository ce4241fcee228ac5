/** A time, in milliseconds since the epoch, as ISO 8601 in UTC. */
export function iso(time: number): string {
  return new Date(time).toISOString();
}

/** The UTC day of a time, `yyyy-mm-dd`. */
export function dayOf(time: number): string {
  return iso(time).slice(0, 10);
}

/** The UTC hour of a time, `yyyy-mm-ddThh`. */
export function hourOf(time: number): string {
  return iso(time).slice(0, 13);
}

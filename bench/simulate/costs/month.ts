/** An average month: 730 hours, as Azure's own estimates count it. */
export const monthDays = 365 / 12;
export const monthHours = monthDays * 24;
export const monthMinutes = monthHours * 60;
export const monthSeconds = monthMinutes * 60;

/**
 * Months of an ISO 8601 duration with one part, as templates write them: `P6M`.
 *
 * @throws Error for any other form.
 */
export function monthsOf(duration: unknown): number {
  const [, number, unit] = /^P(\d+)([MY])$/.exec(String(duration)) ?? [];
  if (number === undefined) throw new Error(`The cost model can't read the duration ${duration}.`);
  return Number(number) * (unit === 'Y' ? 12 : 1);
}

import { Cron } from 'croner';

/** Names stand for numbers from the field's lowest on. */
interface Field {
  min: number;
  max: number;
  names?: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Second, minute, hour, day, month, weekday. */
const fields: readonly Field[] = [
  { min: 0, max: 59 },
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: months },
  { min: 0, max: 6, names: weekdays },
];

/**
 * Whether the Functions host takes a text for a timer's schedule: six fields of numbers, names,
 * lists, ranges and steps. Cron's other forms (`L`, `W`, `#`, `?`, weekday 7) are not among them.
 *
 * @see https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
 */
export function isNcrontab(text: string): boolean {
  const parts = text.split(' ');
  return (
    parts.length === fields.length &&
    fields.every((field, index) => isField(parts[index] ?? '', field))
  );
}

/**
 * Whether a timer with this schedule ever runs: `0 0 0 30 2 *` names a day that no year has.
 *
 * @param schedule as {@link isNcrontab} takes it.
 */
export function everRuns(schedule: string): boolean {
  // Only a day of the month can be missing. Other schedules need no search at each start.
  if (schedule.split(' ')[3] === '*') return true;
  return createCron(schedule, 'UTC').nextRun() !== null;
}

/**
 * The start of the timer's run before the last two: a timer that has not run since then has missed
 * at least two runs.
 *
 * @param schedule as {@link isNcrontab} takes it.
 * @param timeZone in which the Functions host reads it, by its name in the time zone database.
 */
export function thirdLastRun(schedule: string, timeZone: string): (now: number) => number {
  const cron = createCron(schedule, timeZone);
  return (now) => cron.previousRuns(3, new Date(now)).at(-1)?.getTime() ?? 0;
}

/**
 * When two intervals of the timer have passed since a time. The interval is the one between the two
 * runs that follow it. Computed when it is first asked for: no start needs it.
 *
 * @param schedule as {@link isNcrontab} takes it, in the zone that {@link thirdLastRun} names.
 */
export function twoIntervalsAfter(
  { schedule, timeZone }: { schedule: string; timeZone: string },
  time: number,
): () => number {
  let end: number | undefined;
  return () => {
    if (end !== undefined) return end;
    const [first, second] = createCron(schedule, timeZone).nextRuns(2, new Date(time));
    const interval = first && second ? second.getTime() - first.getTime() : 0;
    end = time + 2 * interval;
    return end;
  };
}

function createCron(schedule: string, timezone: string): Cron {
  return new Cron(schedule, {
    mode: '6-part',
    timezone,
    domAndDow: true,
    // As in `5/15`, which the Functions host takes.
    sloppyRanges: true,
    paused: true,
  });
}

function isField(text: string, field: Field): boolean {
  return text.split(',').every((item) => {
    const [range = '', step, ...rest] = item.split('/');
    return (
      rest.length === 0 && isRange(range, field) && (step === undefined || isStep(step, field))
    );
  });
}

function isRange(text: string, field: Field): boolean {
  if (text === '*') return true;
  const [from, to, ...rest] = text.split('-').map((bound) => numberOf(bound, field));
  const single = from !== undefined && !text.includes('-');
  return single || (rest.length === 0 && from !== undefined && to !== undefined && from <= to);
}

function isStep(text: string, { max }: Field): boolean {
  return /^\d{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= max;
}

function numberOf(text: string, { min, max, names }: Field): number | undefined {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return named + min;
  const number = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return number >= min && number <= max ? number : undefined;
}

/** Times in words. Durations are milliseconds. */
import { times as words } from './strings.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** One unit, whole: `45 s`, `52 min`, `7 h`, `6 days`. */
export function duration(ms: number): string {
  const length = Math.abs(ms);
  if (length < 90 * second) return words.seconds(Math.round(length / second));
  if (length < 90 * minute) return words.minutes(Math.round(length / minute));
  if (length < 36 * hour) return words.hours(Math.round(length / hour));
  return words.days(Math.round(length / day));
}

/** From now: `in 52 min`, `3 min ago`, `just now`. @param ms negative: it has been. */
export function fromNow(ms: number): string {
  if (Math.abs(ms) < 5 * second) return words.justNow;
  return (ms > 0 ? words.ahead : words.past)(duration(ms));
}

/** Time that is left, to the second: `9:05`, `1:02:10`; days in words. */
export function countdown(ms: number): string {
  const left = Math.max(0, ms);
  if (left > 36 * hour) return duration(left);
  const [hours, rest] = [Math.floor(left / hour), left % hour];
  const minutes = Math.floor(rest / minute);
  const seconds = pad(Math.floor((rest % minute) / second));
  return hours > 0 ? `${hours}:${pad(minutes)}:${seconds}` : `${minutes}:${seconds}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

const clock = new Intl.DateTimeFormat(words.locale, { timeStyle: 'medium' });
const dated = new Intl.DateTimeFormat(words.locale, { dateStyle: 'medium', timeStyle: 'short' });

/** In the browser's own time zone; with its day if that is not clear. */
export function wallTime(time: number, now: number): string {
  return (Math.abs(time - now) < 12 * hour ? clock : dated).format(time);
}

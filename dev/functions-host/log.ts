export type LogLevel =
  | 'trace'
  | 'debug'
  | 'information'
  | 'warning'
  | 'error'
  | 'critical'
  | 'none';

/** Receives every line: the functions' own, and the host's, which begin with `[host]`. */
export type Log = (level: LogLevel, text: string) => void;

const order: readonly LogLevel[] = [
  'trace',
  'debug',
  'information',
  'warning',
  'error',
  'critical',
  'none',
];

export function isAtLeast(level: LogLevel, minimum: LogLevel): boolean {
  return order.indexOf(level) >= order.indexOf(minimum);
}

/** Standard output, or standard error from `warning` up; below `information` nothing. */
export const consoleLog: Log = (level, text) => {
  if (!isAtLeast(level, 'information')) return;
  const stream = isAtLeast(level, 'warning') ? process.stderr : process.stdout;
  stream.write(`${text}\n`);
};

/** The host's own lines. */
export function hostLog(log: Log): Log {
  return (level, text) => log(level, `[host] ${text}`);
}

/** An error with its stack, in one line. */
export function describeError(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return text.replaceAll(/\s*\n\s*/g, ' | ');
}

/** As {@link describeError}, without the stack. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s*\n\s*/g, ' ');
}

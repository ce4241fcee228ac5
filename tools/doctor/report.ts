import type { Result } from './check.ts';

export interface Report {
  /** Nothing has failed. */
  ok: boolean;
  /** Where the settings are from. */
  settings: string;
  checks: readonly Result[];
}

/** A line for each check, what to do next below it, and how many there are of each kind. */
export function describeReport({ settings, checks }: Report): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const indent = `\n${' '.repeat(11 + width)}`;
  const lines = checks.map((check) => {
    const { name, status, detail } = check;
    const text = 'mend' in check ? `${detail}\n→ ${check.mend}` : detail;
    return `${status.padEnd(8)} ${name.padEnd(width)}  ${text.replaceAll('\n', indent)}`;
  });
  const statuses = ['ok', 'warning', 'failed', 'skipped'] as const;
  const counts = statuses.map(
    (status) => `${checks.filter((check) => check.status === status).length} ${status}`,
  );
  return [`settings of ${settings}`, '', ...lines, '', counts.join(', ')].join('\n');
}

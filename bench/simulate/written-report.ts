import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { lagChart } from './chart.ts';
import { report } from './report.ts';
import type { Summary } from './summary.ts';

/**
 * Writes a report into a Markdown file, in place of what is between the marks of this many users,
 * and its chart beside it.
 *
 * @returns the chart's path.
 * @throws Error if the file has no such marks.
 */
export function writeReport(path: string, summary: Summary, command: string): string {
  const { users } = summary.scenario;
  const chart = `${basename(path, '.md')}-${users}.svg`;
  const text = [
    `\`${command}\``,
    report(summary),
    `![How late refreshes are over time, with ${users.toLocaleString('en')} users](${chart})`,
  ].join('\n\n');
  writeBetween(path, [`<!-- simulate ${users} -->`, `<!-- end of ${users} -->`], text);
  return writeChart(join(dirname(path), chart), summary);
}

/** The marks of the part of a Markdown file that `--costs` writes. */
export const costMarks = ['<!-- costs -->', '<!-- /costs -->'] as const;

/**
 * Replaces what is between two marks of a file.
 *
 * @throws Error if the file has no such marks.
 */
export function writeBetween(
  path: string,
  [begin, end]: readonly [string, string],
  text: string,
): void {
  const document = readFileSync(path, 'utf8');
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) {
    throw new Error(`${path} has no lines "${begin}" and "${end}" for the report to go between.`);
  }
  const replaced = [begin, text, end].join('\n\n');
  writeFileSync(path, document.slice(0, from) + replaced + document.slice(to + end.length));
}

/** Draws the lag over time. @returns the path. */
export function writeChart(path: string, summary: Summary): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, lagChart(summary));
  return path;
}

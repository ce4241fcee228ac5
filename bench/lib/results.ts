import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from './benchmark.ts';
import { type Figure, type Verdict, verdictOf } from './figure.ts';
import { figureChart } from './figure-chart.ts';
import type { Machine } from './machine.ts';

/** A run of a benchmark, as it is kept and as `--json` prints it. */
export interface Result {
  readonly benchmark: string;
  /** ISO 8601. */
  readonly at: string;
  readonly machine: Machine;
  readonly figures: readonly (Figure & { readonly verdict: Verdict })[];
  readonly table: string;
  readonly faults: readonly string[];
}

export const resultsFolder = join(import.meta.dirname, '../results');

export function resultOf(benchmark: string, machine: Machine, outcome: Outcome): Result {
  const figures = outcome.figures.map((figure) => ({ ...figure, verdict: verdictOf(figure) }));
  const { table, faults } = outcome;
  return { benchmark, at: new Date().toISOString(), machine, figures, table, faults };
}

/** Keeps a run in place of the one before, as JSON and as a picture. */
export function keep(result: Result): void {
  mkdirSync(resultsFolder, { recursive: true });
  const path = join(resultsFolder, result.benchmark);
  writeFileSync(`${path}.json`, `${JSON.stringify(result, undefined, 2)}\n`);
  writeFileSync(`${path}.svg`, figureChart(result.benchmark, result.figures));
}

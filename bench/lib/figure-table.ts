import { type Figure, type Target, verdictOf } from './figure.ts';
import { textTable } from './text-table.ts';

/** Each figure with its spread, its target and whether it holds. */
export function figureTable(figures: readonly Figure[]): string {
  const titles = ['figure', 'median', 'spread', 'target', 'stretch', ''];
  return textTable(titles, figures.map(rowOf));
}

/** The cells of a figure in a table. */
export function rowOf(figure: Figure): string[] {
  const { title, median, least, most, unit, target } = figure;
  const show = (value: number) => showValue(value, unit);
  return [
    title,
    show(median),
    figure.rounds.length > 1 ? `${show(least)} to ${show(most)}` : '',
    target ? showTarget(target, show) : '',
    target?.stretch === undefined ? '' : show(target.stretch),
    verdictOf(figure),
  ];
}

function showTarget({ atMost, atLeast }: Target, show: (value: number) => string): string {
  if (atMost !== undefined && atMost === atLeast) return `exactly ${show(atMost)}`;
  const limits = [
    atLeast === undefined ? '' : `at least ${show(atLeast)}`,
    atMost === undefined ? '' : `at most ${show(atMost)}`,
  ];
  return limits.filter(Boolean).join(', ');
}

export function showValue(value: number, unit: Figure['unit']): string {
  if (unit === 'ratio') return value.toFixed(2);
  const digits = unit === 'ms' ? 2 : 0;
  const number = value.toLocaleString('en', { maximumFractionDigits: digits });
  return unit === 'count' ? number : `${number} ${unit}`;
}

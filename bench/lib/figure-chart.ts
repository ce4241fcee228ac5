import type { Figure } from './figure.ts';
import { showValue } from './figure-table.ts';

const width = 860;
const rowHeight = 58;
const margin = { left: 20, right: 20, top: 44, bottom: 12 };
const plotWidth = width - margin.left - margin.right - 90;
/** A bar's scale reaches from 0 to this much of the largest value that it shows. */
const headroom = 1.1;

/**
 * A bar for each figure: the median, its spread as a line over it, the target and the stretch as
 * marks across. Its colours follow the reader's light or dark scheme.
 */
export function figureChart(name: string, figures: readonly Figure[]): string {
  const height = margin.top + figures.length * rowHeight + margin.bottom;
  const bars = figures.map((figure, index) =>
    [
      `<g transform="translate(${margin.left} ${margin.top + index * rowHeight})">`,
      ...barOf(figure),
      '</g>',
    ].join('\n'),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>Figures of npm run bench -- ${name}</title>
<style>${style}</style>
<rect class="ground" width="${width}" height="${height}"/>
<text class="title" x="${margin.left}" y="24">${name}: median, spread over the rounds, target (solid) and stretch (dashed)</text>
${bars.join('\n')}
</svg>
`;
}

const style = `
svg { --ground: #ffffff; --ink: #1f2328; --bar: #54aeff; --target: #bc4c00; }
@media (prefers-color-scheme: dark) {
  svg { --ground: #0d1117; --ink: #e6edf3; --bar: #1f6feb; --target: #f0883e; }
}
text { font: 12px system-ui, sans-serif; fill: var(--ink); }
.title { font-weight: 600; }
.ground { fill: var(--ground); }
.bar { fill: var(--bar); }
.spread { stroke: var(--ink); stroke-width: 1.5; }
.target { stroke: var(--target); stroke-width: 2; }
.stretch { stroke: var(--target); stroke-width: 2; stroke-dasharray: 3 3; }
`;

function barOf({ title, median, least, most, unit, target }: Figure): string[] {
  const limit = target?.atMost ?? target?.atLeast;
  const highest = Math.max(most, limit ?? 0, target?.stretch ?? 0);
  const x = (value: number) => Math.round((value / (highest * headroom)) * plotWidth * 10) / 10;
  const mark = (kind: string, value: number | undefined) =>
    value === undefined
      ? ''
      : `<line class="${kind}" x1="${x(value)}" x2="${x(value)}" y1="18" y2="42"/>`;
  return [
    `<text y="12">${escapeText(title)}</text>`,
    `<rect class="bar" y="22" width="${x(median)}" height="16"/>`,
    `<line class="spread" x1="${x(least)}" x2="${x(most)}" y1="30" y2="30"/>`,
    mark('target', limit),
    mark('stretch', target?.stretch),
    `<text x="${plotWidth + 8}" y="34">${showValue(median, unit)}</text>`,
  ].filter(Boolean);
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

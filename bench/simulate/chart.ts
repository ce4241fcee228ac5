import { days, hours, minutes } from '../../test/support/clock.ts';
import { faults } from './assumptions.ts';
import { snapshotMs } from './measurements.ts';
import { faultTimes } from './scenario.ts';
import type { Summary } from './summary.ts';

const width = 860;
const panelHeight = 190;
const margin = { left: 62, right: 28, top: 34, bottom: 30 };
const plotWidth = width - margin.left - margin.right;
const plotHeight = panelHeight - margin.top - margin.bottom;

/** Lines across, and what they stand for. Seconds. */
const marks: readonly (readonly [number, string])[] = [
  [10, '10 s'],
  [60, '1 min'],
  [300, '5 min'],
  [3_600, '1 h'],
  [86_400, '1 day'],
];
const [lowest, highest] = [10, 86_400];

interface Panel {
  title: string;
  from: number;
  to: number;
  /** Distance of the labels below. */
  step: number;
  label: (ms: number) => string;
}

/**
 * How long the longest overdue user of any sample waits, over time: the whole run, and each fault
 * with what comes after it. Its colours follow the reader's light or dark scheme.
 */
export function lagChart(summary: Summary): string {
  const { outageAt, deadTimerAt } = faultTimes(summary.scenario);
  const inHours = (start: number) => (ms: number) => `${Math.round((ms - start) / hours)} h`;
  const panels: Panel[] = [
    {
      title: `Longest overdue user, ${summary.scenario.days} days`,
      ...{ from: 0, to: summary.scenario.days * days, label: (ms) => `day ${ms / days}` },
      step: Math.max(1, Math.round(summary.scenario.days / 9)) * days,
    },
    {
      title: 'The outage of the token endpoint, and the restart of all instances at its end',
      ...{ from: outageAt - hours, to: outageAt + faults.outageMs + 3 * hours },
      ...{ step: 30 * minutes * 2, label: inHours(outageAt) },
    },
    {
      title: 'The dead timer, and the restart of all instances at its end',
      ...{ from: deadTimerAt - 2 * hours, to: deadTimerAt + faults.deadTimerMs + 4 * hours },
      ...{ step: 4 * hours, label: inHours(deadTimerAt) },
    },
  ];
  const height = panels.length * panelHeight;
  const drawn = panels.map((panel, index) =>
    group(
      drawPanel(panel, summary),
      `translate(${margin.left} ${index * panelHeight + margin.top})`,
    ),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>How late refreshes are over time, with ${summary.scenario.users.toLocaleString('en')} users</title>
<style>${style}</style>
<rect class="ground" width="${width}" height="${height}"/>
${drawn.join('\n')}
</svg>
`;
}

const style = `
svg { --ground: #ffffff; --ink: #1f2328; --faint: #d1d9e0; --line: #0969da; --fault: #ffebe9; --limit: #bc4c00; }
@media (prefers-color-scheme: dark) {
  svg { --ground: #0d1117; --ink: #e6edf3; --faint: #3d444d; --line: #58a6ff; --fault: #4b1a1c; --limit: #f0883e; }
}
text { font: 12px system-ui, sans-serif; fill: var(--ink); }
.title { font-weight: 600; }
.ground { fill: var(--ground); }
.fault { fill: var(--fault); }
.grid { stroke: var(--faint); stroke-width: 1; }
.limit { stroke: var(--limit); stroke-width: 1; stroke-dasharray: 5 4; }
.lag { stroke: var(--line); stroke-width: 1.5; stroke-linejoin: round; fill: none; }
`;

function drawPanel(panel: Panel, { scenario, longestOverdue }: Summary): string {
  const x = (ms: number) => ((ms - panel.from) / (panel.to - panel.from)) * plotWidth;
  const { outageAt, deadTimerAt } = faultTimes(scenario);
  const band = (from: number, length: number) => {
    const [left, right] = [from, from + length].map((ms) =>
      Math.min(plotWidth, Math.max(0, x(ms))),
    );
    if (left === undefined || right === undefined || right <= left) return '';
    const size = `width="${round(Math.max(2, right - left))}" height="${plotHeight}"`;
    return `<rect class="fault" x="${round(left)}" ${size}/>`;
  };
  const across = marks.map(([seconds, label]) => {
    const at = round(y(seconds));
    const kind = seconds * 1000 === faults.promptMs ? 'limit' : 'grid';
    return `<line class="${kind}" x2="${plotWidth}" y1="${at}" y2="${at}"/><text x="-8" y="${at + 4}" text-anchor="end">${label}</text>`;
  });
  const first = Math.ceil(panel.from / panel.step) * panel.step;
  const labels: string[] = [];
  for (let ms = first; ms <= panel.to; ms += panel.step) {
    labels.push(
      `<text x="${round(x(ms))}" y="${plotHeight + 18}" text-anchor="middle">${panel.label(ms)}</text>`,
    );
  }
  return [
    `<text class="title" y="-12">${panel.title}</text>`,
    band(outageAt, faults.outageMs),
    band(deadTimerAt, faults.deadTimerMs),
    ...across,
    ...labels,
    `<polyline class="lag" points="${points(panel, longestOverdue, x)}"/>`,
  ].join('\n');
}

/** The highest value of each pixel. */
function points(panel: Panel, values: readonly number[], x: (ms: number) => number): string {
  const highestAt = new Map<number, number>();
  const last = Math.min(values.length, Math.ceil(panel.to / snapshotMs));
  for (let at = Math.max(0, Math.floor(panel.from / snapshotMs)); at < last; at++) {
    const column = Math.round(x(at * snapshotMs));
    if (column < 0 || column > plotWidth) continue;
    highestAt.set(column, Math.max(highestAt.get(column) ?? 0, values[at] ?? 0));
  }
  return [...highestAt].map(([column, seconds]) => `${column},${round(y(seconds))}`).join(' ');
}

/** Logarithmic. */
function y(seconds: number): number {
  const within = Math.min(highest, Math.max(lowest, seconds));
  return plotHeight * (1 - Math.log(within / lowest) / Math.log(highest / lowest));
}

function group(content: string, transform: string): string {
  return `<g transform="${transform}">\n${content}\n</g>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

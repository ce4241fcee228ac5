import type { ServiceLevel } from './api.ts';
import { element, shape } from './dom.ts';
import { outcomeShares, overdueShare, sweepPlace } from './status-figures.ts';
import { status as words } from './strings.ts';
import { fromNow } from './times.ts';

/** The last sweeps on a line of ten minutes that ends now. */
export function sweepPicture({ lastSweepAt, lastCatchUpAt }: ServiceLevel, now: number): Element {
  const mark = (at: string | null, kind: string) => {
    const place = sweepPlace(at, now);
    return place === undefined
      ? undefined
      : shape('circle', { class: `mark ${kind}`, cx: percent(place), cy: 14, r: 7 });
  };
  const when = (at: string | null) => (at === null ? words.never : fromNow(Date.parse(at) - now));
  return element(
    'div',
    {},
    shape(
      'svg',
      {
        class: 'bar',
        role: 'img',
        width: '100%',
        height: 28,
        'aria-label': words.sweepPicture(when(lastSweepAt), when(lastCatchUpAt)),
      },
      shape('rect', { class: 'track', x: '0', y: 11, width: '100%', height: 6, rx: 3 }),
      mark(lastCatchUpAt, 'catch-up'),
      mark(lastSweepAt, 'sweep'),
    ),
    axis(words.axis),
  );
}

/** How much of the longest overdue that is allowed has been reached. */
export function overduePicture(level: ServiceLevel): Element {
  const share = overdueShare(level);
  const kind = share >= 1 ? 'failed' : share > 0.5 ? 'reauthRequired' : 'refreshed';
  return element('div', {}, bar([{ kind, from: 0, share }]), axis(words.overdueAxis));
}

/** What became of the refreshes of the last hour. */
export function outcomePicture(level: ServiceLevel): Element {
  return bar(outcomeShares(level).map(({ outcome: kind, from, share }) => ({ kind, from, share })));
}

function axis(labels: readonly string[]): HTMLElement {
  const shown = labels.map((text) => element('span', {}, text));
  return element('p', { class: 'axis fine', 'aria-hidden': true }, ...shown);
}

/** Says nothing that does not stand beside it in figures. */
function bar(parts: readonly { kind: string; from: number; share: number }[]): Element {
  const line = { y: 4, height: 12 };
  return shape(
    'svg',
    { class: 'bar', 'aria-hidden': true, width: '100%', height: 20 },
    shape('rect', { class: 'track', x: '0', width: '100%', ...line, rx: 6 }),
    ...parts.map(({ kind, from, share }) =>
      shape('rect', { class: kind, x: percent(from), width: percent(share), ...line, rx: 3 }),
    ),
  );
}

function percent(place: number): string {
  return `${(place * 100).toFixed(2)}%`;
}

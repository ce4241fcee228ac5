import { setAttributes, shape } from './dom.ts';
import { token as words } from './strings.ts';
import type { TokenLife } from './token-life.ts';

/** Pixels. Across, places are percent, so that the picture is as wide as there is room. */
const middle = 58;
const half = 10;
const height = 84;

export interface TokenPicture {
  root: SVGSVGElement;
  /** @param inWords the same for who can't see it. */
  draw(life: TokenLife, inWords?: string): void;
}

/** The token's life as a line: what has passed, what is left, and the time to spare after the refresh. */
export function tokenPicture(): TokenPicture {
  const line = { y: middle - half, height: half * 2, rx: half };
  const whole = shape('rect', { class: 'life-left', x: '0', ...line });
  const spare = shape('rect', { class: 'life-spare', ...line });
  const passed = shape('rect', { class: 'life-passed', x: '0', ...line });
  const issued = shape('circle', { class: 'mark issued', cx: '0', cy: middle, r: 6 });
  const refresh = shape('circle', { class: 'mark refresh', cy: middle, r: 8 });
  const expires = shape('rect', {
    class: 'mark expires',
    y: middle - 20,
    width: 4,
    height: 40,
    rx: 2,
  });
  const halo = shape('circle', { class: 'halo', cy: middle, r: 12 });
  const now = shape('circle', { class: 'mark now', cy: middle, r: 12 });
  const label = shape('text', { class: 'life-now', y: 24 }, words.now);
  const root = shape(
    'svg',
    { class: 'life', role: 'img', height, width: '100%' },
    ...[whole, spare, passed, issued, expires, refresh, halo, now, label],
  );
  return {
    root,
    draw(life, inWords) {
      root.setAttribute('data-phase', life.phase);
      if (inWords !== undefined) root.setAttribute('aria-label', inWords);
      setAttributes(whole, { width: percent(life.expires) });
      setAttributes(passed, { width: percent(Math.min(life.now, life.expires)) });
      setAttributes(expires, { x: percent(life.expires) });
      for (const mark of [halo, now]) setAttributes(mark, { cx: percent(life.now) });
      setAttributes(label, { x: percent(life.now), 'text-anchor': anchorAt(life.now) });
      const isShown = life.refresh !== undefined && !life.refreshIsBeyond;
      const from = life.refresh ?? life.expires;
      const width = percent(Math.max(0, life.expires - from));
      setAttributes(spare, { x: percent(from), width });
      setAttributes(refresh, {
        cx: percent(from),
        visibility: isShown ? undefined : 'hidden',
      });
    },
  };
}

/** At the ends a label must not stand out. */
function anchorAt(place: number): string {
  if (place < 0.05) return 'start';
  return place > 0.95 ? 'end' : 'middle';
}

function percent(place: number): string {
  return `${(place * 100).toFixed(3)}%`;
}

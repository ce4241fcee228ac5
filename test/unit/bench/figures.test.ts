import { describe, expect, it, test } from 'vitest';
import {
  exactly,
  type Figure,
  figureOf,
  ratios,
  type Target,
  verdictOf,
} from '../../../bench/lib/figure.ts';
import { figureChart } from '../../../bench/lib/figure-chart.ts';
import { figureTable } from '../../../bench/lib/figure-table.ts';
import { withResults } from '../../../bench/lib/readme.ts';
import { interleave } from '../../../bench/lib/rounds.ts';

function ratio(rounds: number[], target?: Target): Figure {
  const title = 'CPU of one <thing> & another';
  return figureOf({ name: 'thing', title, unit: 'ratio', rounds, ...(target && { target }) });
}

test('a figure is the median of its rounds, with their spread', () => {
  expect(ratio([3, 1, 2])).toMatchObject({ median: 2, least: 1, most: 3 });
  expect(ratio([4, 1, 2, 3]).median).toBe(2.5);
});

test('ratios are of the same round each', () => {
  expect(ratios([2, 9], [4, 3])).toEqual([0.5, 3]);
});

describe('a target', () => {
  const atMost = { atMost: 0.6, stretch: 0.4 };
  const atLeast = { atLeast: 0.85, stretch: 0.95 };

  it.each([
    [0.61, atMost, 'missed'],
    [0.6, atMost, 'holds'],
    [0.4, atMost, 'stretch'],
    [0.84, atLeast, 'missed'],
    [0.85, atLeast, 'holds'],
    [0.95, atLeast, 'stretch'],
    [0.1, { atMost: 1 }, 'holds'],
    [1, exactly(1), 'holds'],
    [0.9, exactly(1), 'missed'],
    [1.1, exactly(1), 'missed'],
    [0.1, undefined, 'no target'],
    [Number.NaN, atMost, 'missed'],
    [Number.NaN, atLeast, 'missed'],
  ] as const)('of %d is judged by the median: %o', (median, target, verdict) => {
    expect(verdictOf(ratio([median], target))).toBe(verdict);
  });
});

test('rounds measure every subject once, in rotating order', async () => {
  const order: string[] = [];
  const subject = (name: string) => async () => order.push(name);
  const measured = await interleave(
    { a: subject('a'), b: subject('b'), c: subject('c') },
    { rounds: 2, step: () => undefined },
  );
  expect(order).toEqual(['a', 'b', 'c', 'b', 'c', 'a']);
  expect(measured).toEqual({ a: [1, 6], b: [2, 4], c: [3, 5] });
});

test('the table says of each figure whether it holds', () => {
  const [, held, missed, exact] = figureTable([
    ratio([0.5, 0.4], { atMost: 0.6, stretch: 0.4 }),
    ratio([0.7], { atMost: 0.6 }),
    ratio([1], exactly(1)),
  ]).split('\n');
  expect(held).toMatch(/0\.45 +0\.40 to 0\.50 +at most 0\.60 +0\.40 +holds$/);
  expect(missed).toMatch(/0\.70 +at most 0\.60 +missed$/);
  expect(exact).toMatch(/1\.00 +exactly 1\.00 +holds$/);
});

test('the picture is well-formed, whatever a title holds', () => {
  const picture = figureChart('me', [ratio([0.5], { atMost: 0.6 }), ratio([0.5])]);
  expect(picture).toContain('CPU of one &lt;thing> &amp; another');
  expect(picture).not.toContain('NaN');
  expect(picture.match(/class="target"/g)).toHaveLength(1);
});

test('results take the place of the last ones in the page', () => {
  const marks = ['<!-- results: written by npm run bench -->', '<!-- end of results -->'];
  const page = `before\n${marks[0]}\nold\n${marks[1]}\nafter\n`;
  const once = withResults(page, 'new');
  expect(once).toBe(`before\n${marks[0]}\n\nnew\n${marks[1]}\nafter\n`);
  expect(withResults(once, 'new')).toBe(once);
  expect(() => withResults('no marks', 'new')).toThrow('no place');
});

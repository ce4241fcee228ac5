import { expect, it } from 'vitest';
import { ArgumentError, numberOptions } from '../../../bench/lib/benchmark.ts';

const usual = { sessions: 1_000, requests: 4_000 };

it.each([
  [[], usual],
  [['--requests', '5'], { sessions: 1_000, requests: 5 }],
  [['--requests=5', '--sessions', '2'], { sessions: 2, requests: 5 }],
])('the options of a benchmark %j are %o', (args, expected) => {
  expect(numberOptions(args, usual)).toEqual(expected);
});

it.each([
  [['--request', '5'], /--request/],
  [['more'], /more/],
  [['--requests'], /--requests/],
  [['--requests', 'many'], '--requests is followed by a number.'],
  [['--requests', '0'], '--requests is followed by a number.'],
  [['--requests', '1.5'], '--requests is followed by a number.'],
])('%j is no option of a benchmark', (args, message) => {
  expect(() => numberOptions(args, usual)).toThrow(ArgumentError);
  expect(() => numberOptions(args, usual)).toThrow(message);
});

import { faults, limits, people, platform } from './assumptions.ts';
import { table } from './markdown.ts';
import type { Figure, Lag, Summary } from './summary.ts';
import { faultsIn } from './verdict.ts';

/** What a simulation found, as Markdown. */
export function report(summary: Summary): string {
  const { scenario, samples, sampleUsers } = summary;
  const found = faultsIn(summary);
  return [
    [
      `${number(scenario.users)} users in ${plural(scenario.tenants, 'tenant')}, ${percent(scenario.hotShare)} hot, ${scenario.days} days;`,
      `\`REFRESH_BUDGET_PER_SECOND\` ${number(scenario.budgetPerSecond)}, ${plural(scenario.instances, 'instance')} of the worker,`,
      `a token endpoint that takes ${number(scenario.tokenLimitPerSecond)} calls a second for a tenant.`,
      `Simulated: ${plural(samples, 'sample')} of ${number(sampleUsers)} users each, with their part of budgets, workers and limits.`,
      'Figures are for all users; in brackets the least and the most of a single sample.',
    ].join(' '),
    table(
      ['how late refreshes were', 'half', '95 %', '99 %', 'the latest'],
      [lagRow('without faults', summary.quietLag), lagRow('all, faults included', summary.lag)],
    ),
    table(['fault', 'longest overdue', 'prompt again after its end'], recoveryRows(summary)),
    table(['figure', 'value', 'limit'], figureRows(summary)),
    found.length === 0
      ? 'All is as it must be: no refresh token lapsed, and refreshes were prompt within an hour of each fault.'
      : `**Not as it must be.** ${found.join(' ')}`,
  ].join('\n\n');
}

function lagRow(title: string, { p50, p95, p99, longest }: Lag): string[] {
  return [title, ...[p50, p95, p99, longest].map((figure) => written(figure, duration))];
}

function recoveryRows({ recoveries }: Summary): string[][] {
  return recoveries.map(({ fault, worstSeconds, minutes }) => [
    fault === 'outage'
      ? `token endpoint out for ${faults.outageMs / 3_600_000} hours, then all instances restart`
      : `no timer for ${faults.deadTimerMs / 3_600_000} hours, then all instances restart`,
    duration(worstSeconds),
    minutes === null ? 'never' : `${minutes} min`,
  ]);
}

function figureRows(summary: Summary): string[][] {
  const { scenario, lapsed } = summary;
  const hot = Math.round(scenario.users * scenario.hotShare);
  const rate = (figure: Figure) => written(figure, number);
  const share = (figure: Figure) => written(figure, percent);
  return [
    [
      'refresh tokens lapsed',
      `${lapsed} in the samples; of all users fewer than ${number(summary.lapsedAtMost)}, with 95 % confidence`,
      '0',
    ],
    [
      `hot users (of ${number(hot)}) whose access token ever expired`,
      share(summary.staleShare),
      '',
    ],
    ['the same at the worst moment without faults', share(summary.quietStaleShare), ''],
    [
      'for how long, half and longest',
      `${written(summary.staleness.p50, duration)}; ${written(summary.staleness.longest, duration)}`,
      '',
    ],
    [
      `requests of hot users (${people.requestsPerDay} a day) refused`,
      share(summary.refusedShare),
      '',
    ],
    ['storage operations a second, mean', rate(summary.storageMean), number(limits.storageAccount)],
    ['in the highest minute', rate(summary.storagePeakMinute), number(limits.storageAccount)],
    [
      'in it, of one of 16 partitions',
      rate(summary.partitionPeakMinute),
      number(limits.tablePartition),
    ],
    ['table requests that waited for a limit', share(summary.delayedTableShare), ''],
    ['queue depth, most', rate(summary.queueDepthMost), ''],
    ['token calls a second, mean', rate(summary.tokenCallsMean), ''],
    [
      'in the highest minute',
      rate(summary.tokenCallsPeakMinute),
      `${number(scenario.tokenLimitPerSecond)} a tenant`,
    ],
    ['token calls throttled', share(summary.throttledShare), ''],
    [
      `instances of the worker busy (${platform.batchSize} users each), mean`,
      written(summary.instancesMean, decimal),
      '',
    ],
    [
      'in the highest minute',
      written(summary.instancesPeakMinute, decimal),
      String(scenario.instances),
    ],
  ];
}

function written({ value, least, most }: Figure, write: (value: number) => string): string {
  const range = [least, most].map(write);
  return range[0] === range[1] ? write(value) : `${write(value)} (${range.join(' to ')})`;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 4 * 3600
    ? `${Math.round(seconds / 60)} min`
    : `${(seconds / 3600).toFixed(1)} h`;
}

function number(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}

function decimal(value: number): string {
  return value.toFixed(1);
}

function percent(share: number): string {
  return `${(share * 100).toLocaleString('en', { maximumSignificantDigits: 3 })} %`;
}

function plural(count: number, noun: string): string {
  return `${number(count)} ${noun}${count === 1 ? '' : 's'}`;
}

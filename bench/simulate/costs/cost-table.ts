import { count, money, table } from '../markdown.ts';
import type { CostAssumptions } from './assumptions.ts';
import type { Deployment } from './deployment.ts';
import { ownLines } from './log-rows.ts';
import { rowsOfExecution } from './log-volume.ts';
import { logGigabytes } from './monitoring-use.ts';
import { monthDays } from './month.ts';
import { type CostItem, fixedCost, total, variableCost } from './monthly-cost.ts';
import type { PriceFile } from './prices.ts';
import { assumptionTable, type Column, itemTable, priceTable } from './tables.ts';
import { monthOf } from './workload.ts';

/** What is calculated: for these deployments, with these numbers of users. */
export interface CostQuestion {
  sizes: readonly number[];
  deployments: readonly Deployment[];
  assumptions: CostAssumptions;
  file: PriceFile;
}

/** What a month costs, as Markdown: fixed and variable costs, their prices, what is assumed. */
export function costTable(question: CostQuestion): string {
  const { sizes, deployments, assumptions, file } = question;
  const fixed = deployments.map((each): Column => {
    return { title: each.name, items: fixedCost(each, assumptions, file) };
  });
  const variable = deployments.map((each) =>
    sizes.map((users): Column => {
      const items = variableCost(users, each, assumptions, file);
      return { title: `${count(users)} users`, items };
    }),
  );
  const used = [...fixed, ...variable.flat()].flatMap(({ items }) => items.filter(isUsed));
  return [
    `A month, in ${file.currency}. Each cell holds the quantity and what it costs.`,
    '**Fixed**: what a deployment costs before its first user.',
    itemTable(fixed),
    ...deployments.flatMap(readyLines),
    ...deployments.flatMap(({ name }, at) => [
      `**Variable, ${name}**: what users add.`,
      itemTable(variable[at] ?? []),
    ]),
    ...capLines(question),
    '**Together**',
    togetherTable(question, fixed, variable),
    'Log rows of one execution, and the bytes for which they are billed:',
    rowTable(question),
    `**Prices**. ${file.note}`,
    priceTable(file, new Set(used.map(({ priced }) => priced))),
    '**Assumptions**, none of them measured in Azure:',
    assumptionTable(assumptions),
  ].join('\n\n');
}

function isUsed({ quantity }: CostItem): boolean {
  return quantity > 0;
}

function readyLines({ name, ready }: Deployment): string[] {
  const groups = [...ready].filter(([, instances]) => instances > 0);
  if (groups.length === 0) return [];
  const instances = groups.reduce((sum, [, each]) => sum + each, 0);
  const each = groups.map(([group, number]) => `${number} for \`${group}\``).join(', ');
  return [`${name} keeps ${instances} instances always ready: ${each}.`];
}

/** What a month brings beyond the daily cap of a workspace, where it has one. */
function capLines({ sizes, deployments, assumptions }: CostQuestion): string[] {
  return deployments.flatMap((deployment) => {
    const cap = deployment.dailyLogCapGb;
    const beyond = sizes.flatMap((users) => {
      const { app, audit } = logGigabytes(monthOf(users, deployment, assumptions));
      const volume = app + audit;
      return volume > cap * monthDays ? [`${count(volume)} GB with ${count(users)} users`] : [];
    });
    if (beyond.length === 0) return [];
    return [
      `The workspace of ${deployment.name} has a cap of ${count(cap)} GB of logs a day, and a month brings ${beyond.join(' and ')}. The table is for all of that: the cap is no limit of the bill, because [Microsoft bills what it takes in above the cap](https://learn.microsoft.com/azure/azure-monitor/logs/daily-cap), which can be much. Where the cap holds, the bill is smaller: logs are lost until the next reset, and alerts on logs don't see them.`,
    ];
  });
}

function togetherTable(
  { sizes, deployments }: CostQuestion,
  fixed: readonly Column[],
  variable: readonly (readonly Column[])[],
): string {
  const rows = deployments.map(({ name }, at) => {
    const before = total(fixed[at]?.items ?? []);
    const cells = sizes.map((_, size) => money(before + total(variable[at]?.[size]?.items ?? [])));
    return [name, money(before), ...cells];
  });
  return table(['', 'no users', ...sizes.map((users) => `${count(users)} users`)], rows);
}

function rowTable({ deployments, assumptions }: CostQuestion): string {
  const logging = (deployments[0]?.functions ?? []).filter(({ name }) => name in ownLines);
  const volumes = logging.map((each) => rowsOfExecution(each, assumptions));
  return table(
    ['execution of', ...logging.map(({ name }) => `\`${name}\``)],
    [
      ['rows', ...volumes.map(({ rows }) => count(rows))],
      ['bytes', ...volumes.map(({ bytes }) => count(bytes, 4))],
    ],
  );
}

import { count, money, table } from '../markdown.ts';
import type { CostAssumptions } from './assumptions.ts';
import type { Deployment } from './deployment.ts';
import { type Column, itemTable } from './item-table.ts';
import { ownLines } from './log-rows.ts';
import { rowsOfExecution } from './log-volume.ts';
import { logGigabytes } from './monitoring-use.ts';
import { type CostItem, fixedCost, total, variableCost } from './monthly-cost.ts';
import { priceTable } from './price-table.ts';
import type { PriceFile } from './prices.ts';
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
    ...limitLines(question),
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

/** What the daily limit of a workspace keeps out, where it does. */
function limitLines({ sizes, deployments, assumptions }: CostQuestion): string[] {
  return deployments.flatMap((deployment) => {
    const lost = sizes.flatMap((users) => {
      const { app, audit, takenIn } = logGigabytes(monthOf(users, deployment, assumptions));
      return takenIn < app + audit ? [`${count(app + audit)} GB with ${count(users)} users`] : [];
    });
    if (lost.length === 0) return [];
    const limit = `${count(deployment.dailyLogLimitGb)} GB of logs a day`;
    return [
      `The workspace of ${deployment.name} takes in ${limit}. A month would bring ${lost.join(', and ')}: what comes after the limit is lost until the next day, and alerts on logs don't see it.`,
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

/** Three of them in a row. */
function assumptionTable(assumptions: CostAssumptions): string {
  const cells = Object.entries(assumptions).map(([name, value]) => [wordsOf(name), count(value)]);
  const rows = Array.from({ length: Math.ceil(cells.length / 3) }, (_, row) =>
    [0, 1, 2].flatMap((at) => cells[3 * row + at] ?? ['', '']),
  );
  return table(Array.from({ length: 3 }, () => ['assumption', 'value']).flat(), rows);
}

function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

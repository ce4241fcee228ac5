/** Simulates refresh for many users in virtual time: `npm run simulate -- --help`. */
import { join } from 'node:path';
import { newTerminal } from '../../dev/terminal.ts';
import { readAppFunctions } from '../../tools/infra/app-functions.ts';
import { costAssumptions } from './costs/assumptions.ts';
import { costTable } from './costs/cost-table.ts';
import { deploymentNames, describeDeployment, readSnapshot } from './costs/deployment.ts';
import { listPrices, readPrices } from './costs/prices.ts';
import { type Options, parseOptions, usage } from './options.ts';
import { report } from './report.ts';
import { simulateSamples } from './samples.ts';
import { summarize } from './summary.ts';
import { faultsIn } from './verdict.ts';
import { costMarks, writeBetween, writeChart, writeReport } from './written-report.ts';

const costSizes = [1_000, 100_000, 1_000_000];
/** Where pictures go that belong to no report. Git ignores it. */
const pictures = '.evergreen';

/** @returns the exit code: 1 if what was found is not as it must be, 2 for wrong arguments. */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(usage);
    return 0;
  }
  try {
    const options = parseOptions(args);
    const costs = costsBy(options);
    if (options.costs) tell(costs(costSizes), options);
    else return await simulate(options, args, costs);
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    console.error('`npm run simulate -- --help` names the options.');
    return 2;
  }
}

function tell(costs: string, { write }: Options): void {
  if (write === undefined) console.log(costs);
  else writeBetween(write, costMarks, costs);
}

/** @throws Error if the price file, or a template's resource, can't be priced. */
function costsBy({ prices, scenario }: Options): (sizes: readonly number[]) => string {
  const file = readPrices(prices ?? listPrices);
  const functions = readAppFunctions();
  const deployments = deploymentNames.map((name) =>
    describeDeployment(name, readSnapshot(name), functions),
  );
  const assumptions = { ...costAssumptions, hotShare: scenario.hotShare };
  return (sizes) => costTable({ sizes, deployments, assumptions, file });
}

async function simulate(
  options: Options,
  args: readonly string[],
  costs: (sizes: readonly number[]) => string,
): Promise<number> {
  const { scenario, samples, sampleUsers: users, seed, json, write } = options;
  const tasks = Array.from({ length: samples }, (_, n) => ({ scenario, users, seed: seed + n }));
  const summary = summarize(scenario, users, await simulateSamples(tasks, progress(options)));
  const chart =
    write === undefined
      ? writeChart(join(pictures, `lag-${scenario.users}.svg`), summary)
      : writeReport(write, summary, ['npm run simulate --', ...args].join(' '));
  const inWords = () =>
    `\n${report(summary)}\n\n${costs([scenario.users])}\n\nThe lag over time: ${chart}`;
  console.log(json ? JSON.stringify(summary) : inWords());
  const found = faultsIn(summary);
  for (const fault of found) console.error(fault);
  return found.length > 0 ? 1 : 0;
}

/** Where the output is no terminal, each tenth is a line; with `--json` there is none. */
function progress({ scenario, samples, json }: Options): () => void {
  if (json) return () => undefined;
  const terminal = newTerminal();
  const total = scenario.days * samples;
  let done = 0;
  let told = -1;
  terminal.step('Signing users in');
  return () => {
    done += 1;
    const tenth = Math.floor((10 * done) / total);
    if (done === total) terminal.started(`Simulated ${scenario.days} days`);
    else if (tenth !== told) terminal.step(`Simulating ${scenario.days} days: ${tenth * 10} %`);
    told = tenth;
  };
}

process.exitCode = await main(process.argv.slice(2));

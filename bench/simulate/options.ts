import { parseArgs } from 'node:util';
import { advisedBudget, advisedInstances, type Scenario, sampleSize } from './scenario.ts';

export interface Options {
  scenario: Scenario;
  samples: number;
  sampleUsers: number;
  seed: number;
  json: boolean;
  /** A Markdown file whose part about this many users, or about costs, is written anew. */
  write: string | undefined;
  /** Print what a month costs, and simulate nothing. */
  costs: boolean;
  /** A file as `costs/prices.json`. */
  prices: string | undefined;
}

export const usage = `npm run simulate -- OPTIONS

Prints what was found, and draws the lag over time: into .evergreen/lag-USERS.svg, if not by --write.

  --users N          users: 10,000,000
  --days N           days to simulate, 4 at least: 90
  --hot SHARE        part of the users who come every day: 0.1
  --tenants N        tenants over which they are spread: 1
  --budget N         REFRESH_BUDGET_PER_SECOND: three times the steady load, 50 at least
  --instances N      instances of the worker: so many that they can use up the budget
  --token-limit N    token calls a second that Entra takes for a tenant. Not known; assumed: 2000
  --samples N        samples, two at a time on two processors: 2
  --sample-users N   users in each: about 10,000
  --seed N           of the first sample: 1
  --json             print everything as JSON; with npm run --silent, nothing else is printed
  --write FILE       write the report into a Markdown file, between its marks, and the chart beside it
  --costs            print what a month costs in dev and prod with 1,000, 100,000 and 1,000,000
                     users, as Markdown; with --write FILE, into that file between its marks
  --prices FILE      prices for that: bench/simulate/costs/prices.json, US list prices
`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;

/** @throws Error that says what is wrong with the arguments, all at once. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ users: text, days: text, hot: text, tenants: text, budget: text, instances: text },
      ...{ 'token-limit': text, samples: text, 'sample-users': text, seed: text },
      ...{ json: flag, write: text, costs: flag, prices: text },
    },
  });
  const problems: string[] = [];
  type Name = Exclude<keyof typeof values, 'json' | 'costs'>;
  const number = (name: Name, byDefault: number, { least, most, whole = true }: Range): number => {
    const given = values[name];
    if (given === undefined) return byDefault;
    const value = Number(given.replaceAll(/[,_]/g, '') || 'none');
    const isRight = value >= least && value <= most && (!whole || Number.isSafeInteger(value));
    if (!isRight) {
      const kind = whole ? 'a whole number' : 'a number';
      problems.push(`--${name} must be ${kind} from ${least} to ${most}, not "${given}".`);
    }
    return value;
  };
  const users = number('users', 10_000_000, { least: 1000, most: 1e9 });
  const hotShare = number('hot', 0.1, { least: 0.0001, most: 1, whole: false });
  const tenants = number('tenants', 1, { least: 1, most: 10_000 });
  const advised = advisedBudget({ users, hotShare });
  const budgetPerSecond = number('budget', advised, { least: 1, most: 10_000 });
  const instances = number('instances', advisedInstances(budgetPerSecond), {
    least: 1,
    most: 1000,
  });
  const scenario: Scenario = {
    ...{ users, hotShare, tenants, budgetPerSecond, instances },
    days: number('days', 90, { least: 4, most: 366 }),
    tokenLimitPerSecond: number('token-limit', 2000, { least: 1, most: 1e6 }),
  };
  const sampleUsers = number('sample-users', Math.min(users, sampleSize(scenario)), {
    ...{ least: 500, most: Math.min(users, 200_000) },
  });
  const samples = number('samples', 2, { least: 1, most: 64 });
  const seed = number('seed', 1, { least: 1, most: 1e9 });
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const { json, costs, write, prices } = values;
  return { scenario, samples, sampleUsers, seed, json, write, costs, prices };
}

interface Range {
  least: number;
  most: number;
  whole?: boolean;
}

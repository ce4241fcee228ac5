/**
 * Runs benchmarks: `npm run bench [-- NAME] [OPTIONS] [--rounds N] [--json]`; `--help` names the
 * options. Without a name, all.
 * JSON with `npm run --silent`: else npm's own lines are before it.
 */
import { newTerminal } from '../dev/terminal.ts';
import { ArgumentError, type Benchmark, numberOptions, type Outcome } from './lib/benchmark.ts';
import { figureTable } from './lib/figure-table.ts';
import { describeMachine, machineInWords } from './lib/machine.ts';
import { writeReadme } from './lib/readme.ts';
import { keep, type Result, resultOf } from './lib/results.ts';
import { meBenchmark } from './me/benchmark.ts';
import { memoryBenchmark } from './memory/benchmark.ts';
import { refreshBenchmark } from './refresh/benchmark.ts';
import { startBenchmark } from './start/benchmark.ts';
import { sweepBenchmark } from './sweep/benchmark.ts';

const benchmarks: Readonly<Record<string, Benchmark>> = {
  me: meBenchmark,
  refresh: refreshBenchmark,
  sweep: sweepBenchmark,
  start: startBenchmark,
  memory: memoryBenchmark,
};

const usualRounds = 5;
/** A run of fewer is not kept. */
const fewestRounds = 4;

const ownFlags = ['--json', '--check'];

/** What the command line asks for. */
interface Asked {
  readonly chosen: readonly (readonly [name: string, Benchmark])[];
  readonly rounds: number;
  /** Of the benchmark itself. */
  readonly args: readonly string[];
  /** In place of progress and tables. */
  readonly json: boolean;
  /** Only what is counted, of each benchmark; a missed target is an error then. */
  readonly check: boolean;
}

/** @returns the exit code: 1 if a run is void. A missed target is told, and not an error. */
async function main(asked: Asked): Promise<number> {
  const results: Result[] = [];
  for (const [name, benchmark] of asked.chosen) {
    const outcome = await runBenchmark(name, benchmark, asked);
    const result = resultOf(name, describeMachine(), outcome);
    if (!asked.json) console.log(inWords(result));
    if (isToBeKept(asked, result)) {
      // Both now: a later benchmark may throw.
      keep(result);
      writeReadme(Object.keys(benchmarks));
    }
    results.push(result);
  }
  if (asked.json) console.log(JSON.stringify(results));
  return results.some((result) => isWrong(asked, result)) ? 1 : 0;
}

/** As others would run it: whole, and in enough rounds. */
function isToBeKept({ check, rounds, args }: Asked, { faults }: Result): boolean {
  return faults.length === 0 && !check && rounds >= fewestRounds && args.length === 0;
}

function isWrong({ check }: Asked, { faults, figures }: Result): boolean {
  return faults.length > 0 || (check && figures.some(({ verdict }) => verdict === 'missed'));
}

function readArguments(given: readonly string[]): Asked {
  const args = given.filter((arg) => !ownFlags.includes(arg));
  const at = args.findIndex((arg) => /^--rounds(=|$)/.test(arg));
  const ofRounds = at < 0 ? [] : args.splice(at, args[at] === '--rounds' ? 2 : 1);
  const { rounds } = numberOptions(ofRounds, { rounds: usualRounds });
  const check = given.includes('--check');
  const name = args[0]?.startsWith('--') ? undefined : args.shift();
  if (name === undefined && args[0]) {
    throw new ArgumentError(`${args[0]} goes with the name of a benchmark, if with any.`);
  }
  const further = [...ofRounds, ...args];
  if (check && further.length > 0)
    throw new ArgumentError(`${further[0]} does not go with --check.`);
  const chosen = Object.entries(benchmarks).filter(
    ([known, benchmark]) => known === (name ?? known) && (!check || benchmark.check),
  );
  if (chosen.length === 0) throw new ArgumentError(`There is no benchmark "${name}".`);
  return { chosen, rounds, args, json: given.includes('--json'), check };
}

async function runBenchmark(name: string, benchmark: Benchmark, asked: Asked): Promise<Outcome> {
  const run = (step: (text: string) => void) =>
    (asked.check && benchmark.check?.(step)) || benchmark.run({ ...asked, step });
  if (asked.json) return run(() => undefined);
  const terminal = newTerminal();
  try {
    const outcome = await run((text) => terminal.step(`${name}: ${text}`));
    terminal.started(`${name}: measured`);
    return outcome;
  } catch (error) {
    terminal.ending(`${name}: failed`);
    throw error;
  }
}

function inWords({ figures, machine, table, faults }: Result): string {
  const blocks = [table, figureTable(figures), machineInWords(machine)];
  if (faults.length > 0) blocks.push(['Void:', ...faults].join('\n'));
  return blocks.map((block) => (block === '' ? '' : `\n${block}`)).join('\n');
}

const usage = [
  'npm run bench [-- NAME] [--rounds N]',
  'npm run --silent bench -- [NAME] [--rounds N] --json',
  'npm run bench:check [-- NAME]',
  ...Object.entries(benchmarks).map(([name, { options, about }]) => {
    const command = ['npm run bench --', name, ...(options ? [options] : [])].join(' ');
    return `  ${command}  ${about}`;
  }),
].join('\n');

// Whoever ends us ends what we have started: that listens to our exit.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const given = process.argv.slice(2);
try {
  if (given.includes('--help')) console.log(usage);
  else process.exitCode = await main(readArguments(given));
} catch (error) {
  if (!(error instanceof ArgumentError)) throw error;
  console.error(`${error.message}\n${usage}`);
  process.exitCode = 2;
}

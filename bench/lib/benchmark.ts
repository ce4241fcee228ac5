import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { Figure } from './figure.ts';

/** How a benchmark is run. */
export interface Run {
  readonly rounds: number;
  /** Is told what is being done. */
  readonly step: (text: string) => void;
  /** What else was given on the command line. */
  readonly args: readonly string[];
}

export interface Benchmark {
  /** Its options, as usage has them. */
  readonly options?: string;
  /** What it shows. */
  readonly about: string;
  /** @throws ArgumentError for arguments that it can't read. */
  run(run: Run): Promise<Outcome>;
  /** The figures that are counted, not timed: the same on any machine, in a short run. */
  check?(step: Run['step']): Promise<Outcome>;
}

export interface Outcome {
  readonly figures: readonly Figure[];
  /** The values behind the figures, as text. */
  readonly table: string;
  /** Errors, and counts that are not as they must be. Any of them voids the run. */
  readonly faults: readonly string[];
}

/** Wrong arguments on the command line. */
export class ArgumentError extends Error {}

/**
 * Options such as `--requests N`.
 *
 * @param usual their names, and their values if they are not given.
 * @throws ArgumentError for others, and for what is no whole number above 0.
 */
export function numberOptions<Name extends string>(
  args: readonly string[],
  usual: Readonly<Record<Name, number>>,
): Record<Name, number> {
  const names = Object.keys(usual) as Name[];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' } as const]));
  const given = parse(args, options);
  const entries = names.map((name) => [name, numberOf(name, given[name]) ?? usual[name]]);
  return Object.fromEntries(entries) as Record<Name, number>;
}

function parse(args: readonly string[], options: ParseArgsConfig['options'] & object) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new ArgumentError(error instanceof Error ? error.message : 'What was that?');
  }
}

function numberOf(name: string, given: unknown): number | undefined {
  if (given === undefined) return undefined;
  const value = Number(given);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new ArgumentError(`--${name} is followed by a number.`);
}

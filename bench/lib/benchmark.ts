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
  /** Its arguments, and what it shows. */
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

/** The number that follows an option such as `--requests`. @throws ArgumentError if it is none. */
export function numberOption(args: readonly string[], name: string, usual: number): number {
  const at = args.indexOf(name);
  if (at < 0) return usual;
  const value = Number(args[at + 1]);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new ArgumentError(`${name} is followed by a number.`);
}

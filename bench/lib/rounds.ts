/** Things to compare, each measured once a round. */
export type Subjects<Name extends string, Measured> = Readonly<
  Record<Name, () => Promise<Measured>>
>;

/**
 * Measures each of some things once a round, one after the other. The order rotates: what one
 * leaves behind does not always fall to the same other.
 *
 * @returns what was measured of each, in the order of the rounds.
 */
export async function interleave<Name extends string, Measured>(
  subjects: Subjects<Name, Measured>,
  { rounds, step }: { rounds: number; step: (text: string) => void },
): Promise<Record<Name, Measured[]>> {
  const names = Object.keys(subjects) as Name[];
  const measured = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Name,
    Measured[]
  >;
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length];
      if (name === undefined) continue;
      step(`Round ${round + 1} of ${rounds}: ${name}`);
      measured[name].push(await subjects[name]());
    }
  }
  return measured;
}

/** One way to measure them all. */
export function subjectsOf<Name extends string, Thing, Measured>(
  things: Readonly<Record<Name, Thing>>,
  measure: (thing: Thing) => Promise<Measured>,
): Subjects<Name, Measured> {
  const measures = Object.entries<Thing>(things).map(([name, thing]) => [
    name,
    () => measure(thing),
  ]);
  return Object.fromEntries(measures);
}

/** What is wrong with any part of what was measured, and where. */
export function faultsInRounds<Part, Measured extends { readonly [Name in keyof Measured]: Part }>(
  measured: Readonly<Record<string, readonly Measured[]>>,
  faultsIn: (part: Part, where: string) => string[],
): string[] {
  return Object.entries(measured).flatMap(([name, measurements]) =>
    measurements.flatMap((measurement, round) =>
      Object.entries<Part>(measurement).flatMap(([part, done]) =>
        faultsIn(done, `${name}, round ${round + 1}, ${part}`),
      ),
    ),
  );
}

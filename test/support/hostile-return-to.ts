import groups from '../data/hostile-return-to.json' with { type: 'json' };

/**
 * Values of `returnTo` that lead, or might lead, away from our origin, or that are no local path.
 * What every browser and lenient server takes for a local path is not among them.
 */
export const hostileReturnTo: readonly string[] = groups.flatMap(({ values }) => values);

/** Their groups, each one idea. */
export const hostileGroups: readonly { group: string; values: readonly string[] }[] = groups;

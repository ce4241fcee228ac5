import { faults } from './assumptions.ts';
import type { Summary } from './summary.ts';

/** @returns what is not as it must be, in words; nothing if all is well. */
export function faultsIn({ lapsed, recoveries, quietLag }: Summary): string[] {
  const recoveryMinutes = faults.recoveryMs / 60_000;
  const promptSeconds = faults.promptMs / 1000;
  const found: string[] = [];
  if (lapsed > 0) found.push(`${lapsed} refresh tokens of the samples lapsed.`);
  for (const { fault, minutes } of recoveries) {
    if (minutes !== null && minutes <= recoveryMinutes) continue;
    const when = minutes === null ? 'never' : `only ${minutes} minutes later`;
    found.push(`After the ${fault} refreshes were prompt again ${when}.`);
  }
  if (quietLag.p99.value >= promptSeconds) {
    found.push(`Without any fault one refresh in a hundred was ${promptSeconds} s late or more.`);
  }
  return found;
}

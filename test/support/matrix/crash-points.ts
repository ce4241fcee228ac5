import { AppError } from '../../../src/lib/errors.ts';
import { createMatrixApp } from './app.ts';
import { breaking, type Fault, faultKinds, untouched } from './instruments.ts';
import { type Found, rowsOf, violationsIn } from './invariants.ts';
import { letTimePassOnce } from './passing-time.ts';
import type { UseCase } from './use-cases.ts';
import { createMatrixWorld, type MatrixWorld } from './world.ts';

/** What came of all faults of one use case. */
export interface CrashReport {
  /** Storage operations that the use case has. */
  operations: number;
  /** Faults that were tried. */
  faults: number;
  /** Each names the fault and the invariant. */
  violations: string[];
}

/** What a caller may be told while something fails: never a lasting 500. */
const allowedCodes = [
  ...['unauthenticated', 'reauth_required', 'temporarily_unavailable', 'not_found', 'gone'],
  ...['slow_down', 'invalid_request'],
];

/**
 * Breaks a use case at each of its storage operations, in each way. After each fault it is repeated by
 * a new process, and then 35 days pass.
 */
export async function tryCrashPoints(useCase: UseCase, retainMs: number): Promise<CrashReport> {
  const world = createMatrixWorld(retainMs);
  const app = createMatrixApp(world, untouched);
  await useCase.prepare(app, world);
  // Last: nothing of his is due when it breaks off.
  await app.signIn(world.bob);
  const restore = world.keep();
  const report: CrashReport = { operations: 0, faults: 0, violations: [] };
  for (let at = 1; ; at++) {
    for (const kind of faultKinds) {
      restore();
      const tried = await tryFault(world, useCase, { at, ...kind });
      const where = tried.met && `${kind.how} ${kind.when} operation ${at} (${tried.met})`;
      report.violations.push(...tried.violations.map((line) => `${where ?? 'no fault'}: ${line}`));
      if (!where) return report;
      report.faults += 1;
    }
    report.operations = at;
  }
}

async function tryFault(
  world: MatrixWorld,
  useCase: UseCase,
  fault: Fault,
): Promise<{ met: string | undefined; violations: string[] }> {
  const bystander = versionsOf(rowsOf(world, world.bob));
  const instrument = breaking(fault);
  const call = useCase.run(createMatrixApp(world, instrument), world);
  await tolerated(world, Promise.race([call, instrument.ended]));
  const found = await violationsIn(world);
  if (versionsOf(rowsOf(world, world.bob)) !== bystander) found.push('I9: others’ rows changed');
  if (instrument.met() && found.length === 0) {
    const repeat = useCase.repeat ?? useCase.run;
    await tolerated(world, repeat(createMatrixApp(world, untouched), world));
    found.push(...(await violationsIn(world)));
  }
  if (found.length === 0) found.push(...((await useCase.after?.(world)) ?? []));
  if (found.length === 0) found.push(...(await letTimePassOnce(world, !useCase.deletesTokens)));
  return { met: instrument.met(), violations: found };
}

async function tolerated(world: MatrixWorld, call: Promise<unknown>): Promise<void> {
  await call.catch((error: unknown) => {
    if (error instanceof AppError && allowedCodes.includes(error.code)) return;
    world.violations.push(`I3: ${error}`);
  });
}

function versionsOf(rows: readonly Found[]): string {
  return rows.map(({ table, rowKey, etag }) => `${table} ${rowKey} ${etag}`).join('\n');
}

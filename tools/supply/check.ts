/** What is installed and what is committed: a bill of materials, the licences, no secret in a file. */
import { join } from 'node:path';
import type { Finding } from './finding.ts';
import { checkLicences } from './licences.ts';
import { writeSbom } from './sbom.ts';
import { checkSecrets } from './secrets.ts';

const root = join(import.meta.dirname, '../..');

const checks: Record<string, (root: string) => Promise<Finding>> = {
  sbom: writeSbom,
  licences: checkLicences,
  secrets: checkSecrets,
};

/** Runs a check; one that can't be carried out has failed. */
async function passes(name: string, check: (root: string) => Promise<Finding>): Promise<boolean> {
  const { summary, problems } = await check(root).catch((error: unknown) => ({
    summary: 'could not be checked',
    problems: [`${error}`],
  }));
  console.log(`${name}: ${summary}, ${problems.length === 0 ? 'ok' : 'FAILED'}`);
  for (const problem of problems) console.log(`  ${problem}`);
  return problems.length === 0;
}

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  if (!(await passes(name, check))) failed += 1;
}
console.log(`supply chain: ${Object.keys(checks).length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

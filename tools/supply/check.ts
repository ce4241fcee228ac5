/** What is installed and what is committed: a bill of materials, the licences, no secret in a file. */
import { join } from 'node:path';
import { type Finding, startReport } from '../finding.ts';
import { checkLicences } from './licences.ts';
import { writeSbom } from './sbom.ts';
import { checkSecrets } from './secrets.ts';

const root = join(import.meta.dirname, '../..');

const checks: Record<string, (root: string) => Promise<Finding>> = {
  sbom: writeSbom,
  licences: checkLicences,
  secrets: checkSecrets,
};

/** One that can't be carried out has failed. */
const notChecked = (error: unknown): Finding => ({
  summary: 'could not be checked',
  problems: [`${error}`],
});

const report = startReport();
for (const [name, check] of Object.entries(checks)) {
  report.add(name, await check(root).catch(notChecked));
}
report.end('supply chain');

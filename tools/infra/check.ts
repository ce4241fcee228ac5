/** What would be deployed: it compiles, is as it was looked at, and keeps every rule. */
import { join } from 'node:path';
import { startReport } from '../finding.ts';
import { checkAzd } from './azd.ts';
import { bicepVersion, type Compiler, findCompiler, NoCompilerError } from './compiler.ts';
import { missingScopes, readFacts, readRegistrations } from './facts.ts';
import { type BicepProject, withProject } from './project.ts';
import { overwritten } from './rules/names.ts';
import { missingProviders } from './rules/providers.ts';
import { keyReading, namesOfOutputs, outputNames, secureValues } from './rules/template.ts';
import { applyRule, rulesFor } from './rules.ts';
import type { Snapshot } from './snapshot.ts';
import { checkSnapshots, makeSnapshots } from './snapshots.ts';
import { checkBuild, checkFormat, checkLint } from './sources.ts';

const root = join(import.meta.dirname, '../..');
const update = process.argv.includes('--update');

const report = startReport();

async function check(project: BicepProject): Promise<void> {
  const { template, ...build } = await checkBuild(project);
  report.add('build', build);
  // The rest would say the same again.
  if (template === undefined) return;
  const [lint, snapshots] = await Promise.all([checkLint(project), makeSnapshots(project)]);
  report.add('lint', lint);
  report.add('format', await checkFormat(project));
  report.add('snapshots', await checkSnapshots(root, snapshots, update));
  await checkDeployments(project, snapshots);
  checkTemplate(template);
  report.add('azd', await checkAzd(root, namesOfOutputs(template)));
}

async function checkDeployments(
  project: BicepProject,
  snapshots: Record<string, Snapshot>,
): Promise<void> {
  for (const [name, rule] of Object.entries(rulesFor(await readFacts(root)))) {
    report.add(name, applyRule(rule, snapshots));
  }
  const others = await makeSnapshots(project, { AZURE_ENV_NAME: 'another' });
  report.add(
    'names of two azd environments',
    applyRule((snapshot, name) => overwritten(snapshot, others[name] ?? snapshot), snapshots),
  );
  const registrations = await readRegistrations(root);
  report.add(
    'resource providers',
    applyRule((snapshot, name) => missingProviders(snapshot, registrations[name]), snapshots),
  );
  report.add('Graph scopes', { summary: 'ids', problems: await missingScopes(root) });
}

function checkTemplate(template: unknown): void {
  report.add('no secure values', { summary: 'template', problems: secureValues(template) });
  report.add('output names', { summary: 'template', problems: outputNames(template) });
  report.add('no keys read', { summary: 'template', problems: keyReading(template) });
}

function describe({ path, version }: Compiler): string {
  const other = version === bicepVersion ? '' : `, made for ${bicepVersion}: snapshots may differ`;
  return `Bicep ${version} (${path})${other}`;
}

try {
  const compiler = await findCompiler(root);
  console.log(describe(compiler));
  const graphTypes = process.env['MICROSOFT_GRAPH_TYPES'] || undefined;
  await withProject({ root, compiler: compiler.path, graphTypes }, check);
} catch (error) {
  console.log(`infrastructure: not checked, ${error instanceof Error ? error.message : error}`);
  // Whoever has no compiler can work on all the rest; CI must not pass without it.
  if (!(error instanceof NoCompilerError) || process.env['CI']) report.fail();
}
report.end('infrastructure');

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from '../finding.ts';
import type { BicepProject } from './project.ts';

/** One process for all files is many times faster than one for each. */
const patterns = ['**/*.bicep', '**/*.bicepparam'];

/** Compiles main.bicep. One warning is too many. */
export async function checkBuild({
  bicep,
}: BicepProject): Promise<Finding & { template: unknown }> {
  const { ok, stdout, stderr } = await bicep(['build', 'main.bicep', '--stdout']);
  const problems = diagnosticsIn(stderr);
  if (!ok && problems.length === 0) problems.push(stderr.trim() || 'the compiler failed');
  return {
    summary: 'main.bicep compiled',
    problems: problems.some((problem) => problem.includes('BCP19'))
      ? [
          ...problems,
          'where the registry can’t be reached, set MICROSOFT_GRAPH_TYPES: infra/README.md',
        ]
      : problems,
    template: ok ? JSON.parse(stdout) : undefined,
  };
}

/** Lints all files. One warning is too many. */
export async function checkLint({ bicep, files }: BicepProject): Promise<Finding> {
  const answers = await Promise.all(
    patterns.map((pattern) => bicep(['lint', '--pattern', pattern])),
  );
  const problems = answers.flatMap(({ ok, stdout, stderr }) => {
    const found = diagnosticsIn(`${stdout}\n${stderr}`);
    return ok || found.length > 0 ? found : [stderr.trim()];
  });
  // A module's are told with each file that uses it.
  return { summary: `${files.length} Bicep files`, problems: [...new Set(problems)] };
}

/** Each file must be as `bicep format` writes it. Formats those of the copy. */
export async function checkFormat({ bicep, files, folder }: BicepProject): Promise<Finding> {
  const read = () => Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  const before = await read();
  const answers = await Promise.all(
    patterns.map((pattern) => bicep(['format', '--pattern', pattern])),
  );
  const after = await read();
  return {
    summary: `${files.length} Bicep files`,
    problems: [
      ...answers.filter(({ ok }) => !ok).map(({ stderr }) => stderr.trim()),
      ...files
        .filter((_, index) => before[index] !== after[index])
        .map((file) => `infra/${file} is not formatted: bicep format infra/${file}`),
    ],
  };
}

/** Lines such as `infra/main.bicep(3,7) : Warning no-unused-params: …`, by the file here. */
export function diagnosticsIn(output: string): string[] {
  return output
    .split('\n')
    .filter((line) => /\(\d+,\d+\) : (Error|Warning|Info)\b/.test(line))
    .map((line) => line.replace(/^.*[/\\]infra[/\\](?=[^(]*\.bicep)/, 'infra/').trim());
}

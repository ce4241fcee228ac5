import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type CompilerOutput, type CompilerVariables, runCompiler } from './compiler.ts';

/** A copy of `infra` that the compiler can work on, and whatever it leaves beside its input. */
export interface BicepProject {
  /** The copy. */
  folder: string;
  /** Bicep and parameter files, from the folder. */
  files: string[];
  bicep(args: readonly string[], variables?: CompilerVariables): Promise<CompilerOutput>;
}

const extension = 'microsoftGraphV1';

/**
 * Copies `infra` to a temporary folder, so that nothing is left beside it.
 *
 * @param graphTypes folder with the `index.json` and `types.json` of Graph’s types, for machines that
 *   can’t reach the registry in bicepconfig.json; undefined: the registry is asked.
 */
export async function withProject<T>(
  options: { root: string; compiler: string; graphTypes: string | undefined },
  use: (project: BicepProject) => Promise<T>,
): Promise<T> {
  const temporary = await mkdtemp(join(tmpdir(), 'infra-'));
  const folder = join(temporary, 'infra');
  const bicep: BicepProject['bicep'] = (args, variables = {}) =>
    runCompiler(options.compiler, args, { cwd: folder, variables });
  try {
    await cp(join(options.root, 'infra'), folder, { recursive: true });
    if (options.graphTypes) await useGraphTypes({ folder, bicep, types: options.graphTypes });
    return await use({ folder, files: await bicepFiles(folder), bicep });
  } finally {
    await rm(temporary, { recursive: true });
  }
}

async function bicepFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => /\.bicep(param)?$/.test(name)).sort();
}

/** Makes an extension of the types, and names it in the copy of bicepconfig.json. */
async function useGraphTypes({
  folder,
  bicep,
  types,
}: Pick<BicepProject, 'folder' | 'bicep'> & { types: string }): Promise<void> {
  const target = join(folder, 'microsoft-graph.tgz');
  const { ok, stderr } = await bicep([
    'publish-extension',
    join(types, 'index.json'),
    '--target',
    target,
  ]);
  if (!ok) throw new Error(`MICROSOFT_GRAPH_TYPES can’t be used: ${stderr.trim()}`);
  const path = join(folder, 'bicepconfig.json');
  const config = JSON.parse(await readFile(path, 'utf8')) as { extensions: Record<string, string> };
  config.extensions[extension] = relative(folder, target);
  await writeFile(path, JSON.stringify(config));
}

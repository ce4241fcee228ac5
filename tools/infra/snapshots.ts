import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from '../finding.ts';
import type { CompilerVariables } from './compiler.ts';
import type { BicepProject } from './project.ts';
import type { Resource, Snapshot } from './snapshot.ts';

/** Where the deployments of the snapshots are said to go. There is no such place. */
const target = {
  'tenant-id': '00000000-0000-0000-0000-000000000001',
  'subscription-id': '00000000-0000-0000-0000-000000000002',
  'resource-group': 'evergreen',
  location: 'westeurope',
  'deployment-name': 'evergreen',
};

/**
 * What would be deployed with each parameter file `main.NAME.bicepparam`, by its NAME. Two calls at a
 * time would write the same files.
 *
 * @param variables environment variables that the files read; they find no other
 */
export async function makeSnapshots(
  project: BicepProject,
  variables: CompilerVariables = {},
): Promise<Record<string, Snapshot>> {
  const files = project.files.filter((name) => name.endsWith('.bicepparam'));
  const made = files.map(
    async (file): Promise<[string, Snapshot]> => [
      file.replace(/^main\.|\.bicepparam$/g, ''),
      await makeSnapshot(project, file, variables),
    ],
  );
  return Object.fromEntries(await Promise.all(made));
}

async function makeSnapshot(
  { bicep, folder }: BicepProject,
  file: string,
  variables: CompilerVariables,
): Promise<Snapshot> {
  const read = variablesOf(await readFile(join(folder, file), 'utf8'));
  const where = Object.entries(target).flatMap(([name, value]) => [`--${name}`, value]);
  const { ok, stdout, stderr } = await bicep(['snapshot', file, '--mode', 'overwrite', ...where], {
    ...read,
    ...variables,
  });
  if (!ok) throw new Error(`no snapshot of ${file}: ${(stderr || stdout).trim()}`);
  const made = await readFile(join(folder, file.replace('.bicepparam', '.snapshot.json')), 'utf8');
  return inOrder(JSON.parse(made) as Snapshot);
}

/** The environment variables that a parameter file reads, none of them set. */
function variablesOf(parameters: string): CompilerVariables {
  const names = parameters.matchAll(/readEnvironmentVariable\('(\w+)'/g);
  return Object.fromEntries([...names].map(([, name]) => [name, undefined]));
}

/** The compiler’s order is not always the same. */
function inOrder(snapshot: Snapshot): Snapshot {
  const key = ({ id, type, properties }: Resource) => `${id ?? type} ${JSON.stringify(properties)}`;
  const resources = snapshot.predictedResources.map((resource) => sorted(resource) as Resource);
  resources.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return { ...(sorted(snapshot) as Snapshot), predictedResources: resources };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, each]) => [name, sorted(each)]));
}

/** Compares with what is committed, or writes that anew. */
export async function checkSnapshots(
  root: string,
  snapshots: Record<string, Snapshot>,
  update: boolean,
): Promise<Finding> {
  const folder = join(root, 'infra/snapshots');
  const problems: string[] = [];
  for (const [name, snapshot] of Object.entries(snapshots)) {
    const path = join(folder, `${name}.json`);
    if (update) {
      await mkdir(folder, { recursive: true });
      await writeFile(path, `${JSON.stringify(snapshot, null, 2)}\n`);
    } else {
      const committed = await readFile(path, 'utf8').catch(() => 'null');
      problems.push(...snapshotProblems(name, snapshot, JSON.parse(committed)));
    }
  }
  const names = Object.keys(snapshots).join(', ');
  return { summary: update ? `${names} written` : names, problems };
}

const mostDifferences = 5;

/** So that one resource more or less does not make all that come after it differ. */
function byResource(snapshot: unknown): unknown {
  const { predictedResources, ...rest } = (snapshot ?? {}) as Partial<Snapshot>;
  if (!predictedResources) return snapshot;
  const count = new Map<string, number>();
  const named = predictedResources.map((resource) => {
    const name = [resource.type.split('@')[0], resource.name].filter(Boolean).join(' ');
    const before = count.get(name) ?? 0;
    count.set(name, before + 1);
    return [before ? `${name} (${before + 1})` : name, resource];
  });
  return { ...rest, resources: Object.fromEntries(named) };
}

/** The first places at which they differ. */
export function snapshotProblems(name: string, made: unknown, committed: unknown): string[] {
  const places = differences(byResource(made), byResource(committed));
  if (places.length === 0) return [];
  const rest = places.length - mostDifferences;
  return [
    `infra/snapshots/${name}.json is not what would be deployed. If this is meant: npm run check:infra -- --update`,
    ...places.slice(0, mostDifferences).map((place) => `  differs: ${place}`),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ];
}

function differences(a: unknown, b: unknown, at = ''): string[] {
  const isObject = (value: unknown) => typeof value === 'object' && value !== null;
  if (!isObject(a) || !isObject(b)) return Object.is(a, b) ? [] : [at || 'everything'];
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return names.flatMap((name) => differences(left[name], right[name], at ? `${at}.${name}` : name));
}

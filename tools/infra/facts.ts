import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { catalogue } from '../../src/lib/graph/catalogue.ts';
import { tableNames } from '../../src/lib/storage/table-names.ts';
import { readAppFunctions } from './app-functions.ts';
import { registeredProviders } from './rules/providers.ts';
import type { LoggedNames } from './rules/telemetry.ts';

/** What the code needs of a deployment. */
export interface CodeFacts extends LoggedNames {
  /** Tables that it opens. */
  tables: readonly string[];
}

/** @throws if its text is not as it is read here: the rules would see nothing wrong. */
export async function readFacts(root: string): Promise<CodeFacts> {
  const files = (await readdir(join(root, 'src'), { recursive: true })).filter((name) =>
    name.endsWith('.ts'),
  );
  const texts = await Promise.all(files.map((file) => readFile(join(root, 'src', file), 'utf8')));
  const source = texts.join('\n');
  const facts = {
    source,
    tables: tableNames,
    functions: readAppFunctions().map(({ name }) => name),
  };
  if (facts.functions.length === 0) throw new Error('src has no function: tools/infra/facts.ts');
  return facts;
}

/** Scopes of Graph that the built-in routes need, and whose id is not known to the deployment. */
export async function missingScopes(root: string): Promise<string[]> {
  const file = 'infra/modules/graph-scopes.json';
  const ids = JSON.parse(await readFile(join(root, file), 'utf8')) as Record<string, string>;
  const needed = new Set(catalogue.flatMap((route) => route.split(' ').slice(2)));
  return [...needed]
    .filter((scope) => ids[scope] === undefined)
    .map((scope) => `the id of Graph’s scope ${scope} is missing in ${file}`);
}

/** The pages in docs, without `.md`, that whoever makes a deployment follows, by parameter file. */
const pagesByDeployment: Record<string, string[]> = {
  dev: ['deploy'],
  prod: ['deploy', 'deploy-production'],
};

/** The resource providers that the docs register, by parameter file. A page may be missing. */
export async function readRegistrations(root: string): Promise<Record<string, string[]>> {
  const read = (page: string) => readFile(join(root, 'docs', `${page}.md`), 'utf8').catch(() => '');
  const registrations = Object.entries(pagesByDeployment).map(async ([name, pages]) => {
    const texts = await Promise.all(pages.map(read));
    return [name, texts.flatMap(registeredProviders)] as const;
  });
  return Object.fromEntries(await Promise.all(registrations));
}

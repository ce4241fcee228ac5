/** azure.yaml: `azd up` completes. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Finding } from '../finding.ts';

/** A service of azure.yaml, as far as the rules look at it. */
export interface AzdService {
  project?: string;
  host?: string;
  remoteBuild?: boolean;
  resourceName?: string;
}

/** What the rules compare the services with. */
export interface AzdSurroundings {
  /** Names of the services whose project folder has an ignore file. */
  withIgnoreFile: readonly string[];
  /** Outputs of the template, which azd keeps as variables. */
  outputs: readonly string[];
}

const ignoreFile = '.funcignore';

/** @throws if there is no azure.yaml, or it isn’t YAML */
export async function checkAzd(root: string, outputs: readonly string[]): Promise<Finding> {
  const services = servicesIn(await readFile(join(root, 'azure.yaml'), 'utf8'));
  const withIgnoreFile: string[] = [];
  for (const [name, { project = '.' }] of Object.entries(services)) {
    if (await exists(join(root, project, ignoreFile))) withIgnoreFile.push(name);
  }
  return {
    summary: 'azure.yaml',
    problems: azdProblems(services, { withIgnoreFile, outputs }),
  };
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** The services by name. @param text of azure.yaml */
export function servicesIn(text: string): Record<string, AzdService> {
  const { services } = parse(text) as { services?: Record<string, AzdService> };
  return services ?? {};
}

/** @returns what is wrong and what to do, a line each */
export function azdProblems(
  services: Record<string, AzdService>,
  surroundings: AzdSurroundings,
): string[] {
  const apps = Object.entries(services).filter(([, { host }]) => host === 'function');
  if (apps.length === 0) return ['azure.yaml has no service with host: function'];
  return apps.flatMap(([name, service]) => [
    ...buildProblems(name, service, surroundings),
    ...targetProblems(name, service, surroundings),
  ]);
}

/**
 * Since 1.23.12 azd refuses `remoteBuild: false` next to an ignore file that excludes node_modules, and
 * does so when it deploys the code, after it has made the infrastructure. The file has no use anyway:
 * the package is made of a folder of its own.
 *
 * @see https://github.com/Azure/azure-dev/blob/main/cli/azd/pkg/project/service_target_functionapp.go
 */
function buildProblems(
  name: string,
  { remoteBuild }: AzdService,
  { withIgnoreFile }: AzdSurroundings,
): string[] {
  if (remoteBuild !== false) {
    return [`service ${name} must have remoteBuild: false, else Azure builds the bundle again`];
  }
  return withIgnoreFile.includes(name)
    ? [`service ${name} has remoteBuild: false and a ${ignoreFile}: delete the file`]
    : [];
}

/** Two environments in one resource group tag their apps alike; azd then deploys to neither. */
function targetProblems(
  name: string,
  { resourceName = '' }: AzdService,
  { outputs }: AzdSurroundings,
): string[] {
  const output = resourceName.match(/^\$\{(\w+)\}$/)?.[1];
  if (output === undefined) {
    return [`service ${name} needs a resourceName that is an output of infra/main.bicep`];
  }
  return outputs.includes(output)
    ? []
    : [`service ${name}: infra/main.bicep has no output ${output}`];
}

import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Finding } from '../finding.ts';

interface Manifest {
  name: string;
  dependencies: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

interface Sbom {
  components: { name: string; version: string }[];
}

const run = promisify(execFile);
const sbomFile = 'dist/sbom.cdx.json';

/**
 * Writes what the bundle is made of to `dist/sbom.cdx.json`, as CycloneDX.
 *
 * npm reads it from a copy of the manifest that has the dependencies only: `npm sbom --omit dev` here
 * leaves out every package that a tool needs too, which is most of them.
 */
export async function writeSbom(root: string): Promise<Finding> {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
  const folder = await mkdtemp(join(tmpdir(), 'sbom-'));
  try {
    // npm names the bill after the folder.
    const copy = join(folder, manifest.name);
    await copyProduction(root, copy, manifest);
    const text = await npm(copy, 'sbom', '--sbom-format=cyclonedx', '--package-lock-only');
    const { components } = JSON.parse(text) as Sbom;
    await mkdir(join(root, 'dist'), { recursive: true });
    await writeFile(join(root, sbomFile), text);
    return {
      summary: `${components.length} packages in ${sbomFile}`,
      problems: missingPackages(manifest.dependencies, components),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function copyProduction(root: string, copy: string, manifest: Manifest): Promise<void> {
  const { devDependencies, optionalDependencies, ...production } = manifest;
  await mkdir(copy);
  await writeFile(join(copy, 'package.json'), JSON.stringify(production));
  await copyFile(join(root, 'package-lock.json'), join(copy, 'package-lock.json'));
  await npm(copy, 'prune', '--package-lock-only', '--ignore-scripts', '--offline');
}

async function npm(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('npm', [...args, '--prefix', folder, '--loglevel=error'], {
    cwd: folder,
    maxBuffer: 64 * 1024 * 1024,
    // npm is a script on Windows, and those need a shell.
    shell: process.platform === 'win32',
  });
  return stdout;
}

/** Direct dependencies, pinned in the manifest, that the bill does not hold in that version. */
export function missingPackages(
  dependencies: Record<string, string>,
  components: Sbom['components'],
): string[] {
  const held = new Set(components.map(({ name, version }) => `${name} ${version}`));
  return Object.entries(dependencies)
    .map(([name, version]) => `${name} ${version}`)
    .filter((dependency) => !held.has(dependency))
    .map((dependency) => `${dependency} is a dependency and not in the bill: run npm install`);
}

import { readFile, stat } from 'node:fs/promises';
import { dirname, sep } from 'node:path';

/** What files of a bundle hold. */
export interface Loaded {
  readonly bytes: number;
  /** Names of the packages whose code is in them, sorted. */
  readonly packages: readonly string[];
}

/** @param files which of those that are in the bundle's folder count. */
export async function loadedOf(bundle: string, files: readonly string[]): Promise<Loaded> {
  const own = files.filter((file) => file.startsWith(`${dirname(bundle)}${sep}`));
  const sizes = await Promise.all(own.map(async (file) => (await stat(file)).size));
  const packages = await Promise.all(own.map(packagesIn));
  return {
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    packages: [...new Set(packages.flat())].sort(),
  };
}

/** By its source map. */
async function packagesIn(file: string): Promise<string[]> {
  const { sources } = JSON.parse(await readFile(`${file}.map`, 'utf8')) as { sources: string[] };
  return sources.flatMap((source) => {
    const [, name] = /.*(?:node_modules\/|webpack:\/\/)((?:@[^/]+\/)?[^/]+)/.exec(source) ?? [];
    return name === undefined ? [] : [name];
  });
}

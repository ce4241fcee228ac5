/**
 * Bundles the function app to one CommonJS file, `dist/index.cjs`, package.json's `main`.
 *
 * CommonJS, because the Functions worker supplies `@azure/functions-core` by patching `require`.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

export const bundlePath = join(import.meta.dirname, 'dist', 'index.cjs');

/** Builds the bundle. Files are replaced whole, so that several hosts may build and load at once. */
export async function buildBundle(): Promise<string> {
  const result = await build({
    entryPoints: [join(import.meta.dirname, 'src', 'functions', 'index.ts')],
    outfile: bundlePath,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    // The worker supplies the first; a debugging aid tries the second and does without.
    external: ['@azure/functions-core', 'supports-color'],
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    write: false,
    logLevel: 'warning',
  });
  await mkdir(dirname(bundlePath), { recursive: true });
  for (const file of result.outputFiles) await replaceFile(file.path, file.contents);
  return bundlePath;
}

async function replaceFile(path: string, contents: Uint8Array): Promise<void> {
  const present = await readFile(path).catch(() => undefined);
  if (present?.equals(contents)) return;
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, contents);
  await rename(temporary, path);
}

if (import.meta.main) await buildBundle();

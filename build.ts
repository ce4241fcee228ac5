/**
 * Bundles the function app to one CommonJS file, `dist/index.cjs`, package.json's `main`. What
 * browsers load of its pages is in it.
 *
 * CommonJS, because the Functions worker supplies `@azure/functions-core` by patching `require`.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';
import type { Asset, Assets } from './src/lib/http/pages/assets.ts';

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
    define: { webAssets: JSON.stringify(await buildWeb()) },
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

const webFiles: Record<keyof Assets, { file: string; type: string }> = {
  script: { file: 'page.ts', type: 'text/javascript; charset=utf-8' },
  style: { file: 'page.css', type: 'text/css; charset=utf-8' },
  icon: { file: 'icon.svg', type: 'image/svg+xml' },
};

/** Makes what browsers load of `src/web`. */
export async function buildWeb(): Promise<Assets> {
  const made = Object.entries(webFiles).map(async ([name, { file, type }]) => {
    const asset: Asset = { type, ...(await bundleForBrowsers(file)) };
    return [name, asset];
  });
  return Object.fromEntries(await Promise.all(made)) as Assets;
}

/** A file's path changes with its content. */
async function bundleForBrowsers(file: string): Promise<Pick<Asset, 'path' | 'body'>> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'src', 'web', file)],
    outdir: '/',
    entryNames: '[name]-[hash]',
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    loader: { '.svg': 'copy' },
    legalComments: 'none',
    write: false,
    logLevel: 'warning',
  });
  const [output] = outputFiles;
  if (!output) throw new Error(`${file}: esbuild made nothing of it`);
  return { path: `/${basename(output.path)}`, body: output.text };
}

async function replaceFile(path: string, contents: Uint8Array): Promise<void> {
  const present = await readFile(path).catch(() => undefined);
  if (present?.equals(contents)) return;
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, contents);
  await rename(temporary, path);
}

if (import.meta.main) await buildBundle();

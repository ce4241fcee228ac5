/**
 * Bundles the function app: `dist/index.cjs`, package.json's `main`, and in `dist/late` what it loads
 * when it is first needed. What browsers load of its pages is in it.
 *
 * CommonJS, because the Functions worker supplies `@azure/functions-core` by patching `require`.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { build, type OutputFile, transform } from 'esbuild';
import type { Asset, Assets } from './src/lib/http/pages/assets.ts';

const folder = join(import.meta.dirname, 'dist');

export const bundlePath = join(folder, 'index.cjs');

/** @returns the path of `dist/index.cjs` */
export async function buildBundle(): Promise<string> {
  await writeBundle();
  return bundlePath;
}

/**
 * Files are replaced whole, so that several hosts may build and load at once.
 * @returns the paths of all files of the bundle
 */
export async function writeBundle(): Promise<string[]> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'src', 'functions', 'index.ts')],
    outdir: folder,
    chunkNames: 'late/[name]-[hash]',
    outExtension: { '.js': '.cjs' },
    bundle: true,
    // What `import()` loads comes into files of its own, which a start does not parse.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    // The worker supplies the first; a debugging aid tries the second and does without.
    external: ['@azure/functions-core', 'supports-color'],
    define: { webAssets: JSON.stringify(await buildWeb()) },
    sourcemap: 'inline',
    sourcesContent: false,
    legalComments: 'none',
    write: false,
    logLevel: 'warning',
  });
  // The entry last: who loads it finds what it requires.
  const isEntry = ({ path }: OutputFile) => path === bundlePath;
  const late = outputFiles.filter((file) => !isEntry(file));
  const written = await Promise.all(late.map(writeCommonJs));
  const entry = await Promise.all(outputFiles.filter(isEntry).map(writeCommonJs));
  return [...written, ...entry].flat();
}

/** esbuild splits ES modules only; each file is made CommonJS afterwards. @returns what it wrote */
async function writeCommonJs({ path, text }: OutputFile): Promise<string[]> {
  const { code, map } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    // `import()` becomes `require`, later.
    supported: { 'dynamic-import': false },
    sourcemap: 'external',
    sourcesContent: false,
    sourcefile: basename(path),
    legalComments: 'none',
    banner: '"use strict";',
    // A package that opens browsers asks where its own files are.
    logOverride: { 'empty-import-meta': 'silent' },
    logLevel: 'warning',
  });
  await replaceFile(path, `${code}//# sourceMappingURL=${basename(path)}.map\n`);
  await replaceFile(`${path}.map`, map);
  return [path, `${path}.map`];
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

async function replaceFile(path: string, contents: string): Promise<void> {
  const present = await readFile(path, 'utf8').catch(() => undefined);
  if (present === contents) return;
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, contents);
  await rename(temporary, path);
}

if (import.meta.main) await buildBundle();

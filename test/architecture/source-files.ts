import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** One file of the code. */
export interface SourceFile {
  /** From the repository's root, such as `src/lib/config/config.ts`. */
  path: string;
  text: string;
  /** Specifiers as written, of static and dynamic imports, types included. */
  specifiers: string[];
  /** Files that it imports, from the repository's root. */
  files: string[];
  /** Packages that it imports, and modules of Node. */
  packages: string[];
}

export const root = join(import.meta.dirname, '../..');

const importForms = [
  /^(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?\s*['"]([^'"]+)['"]/gm,
  /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g,
  /\brequire\(\s*['"]([^'"]+)['"]\s*\)/g,
];

/** All files below a folder, such as `tools`. */
export function readSources(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readSource(join(folder, name)));
}

export const sourceFiles: readonly SourceFile[] = readSources('src');

function readSource(path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8');
  const specifiers = importForms.flatMap((form) =>
    [...text.matchAll(form)].map((match) => match[1] ?? ''),
  );
  const isFile = (specifier: string) => specifier.startsWith('.');
  return {
    path,
    text,
    specifiers,
    files: specifiers
      .filter(isFile)
      .map((specifier) => relative(root, join(root, dirname(path), specifier))),
    packages: specifiers.filter((specifier) => !isFile(specifier)),
  };
}

/** Files in a folder of `src`, or the file of that name. */
export function filesIn(folder: string): SourceFile[] {
  return sourceFiles.filter(({ path }) => path === folder || path.startsWith(`${folder}/`));
}

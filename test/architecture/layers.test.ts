import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesIn, readSources, root, type SourceFile, sourceFiles } from './source-files.ts';

/** Imports that leave what a layer may use, as `file -> import`. */
function strays(files: readonly SourceFile[], allowed: (imported: string) => boolean): string[] {
  return files.flatMap(({ path, files: imported, packages }) =>
    [...imported, ...packages].filter((name) => !allowed(name)).map((name) => `${path} -> ${name}`),
  );
}

function inAny(folders: readonly string[]): (name: string) => boolean {
  return (name) => folders.some((folder) => name === folder || name.startsWith(`${folder}/`));
}

/** What every layer may import. */
const ground = ['src/lib/errors.ts', 'src/lib/basics'];

/** What each layer may import of `src` besides itself: the table of ARCHITECTURE.md. */
const layers = readLayers();

function readLayers(): Record<string, string[]> {
  const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
  const rows = text.matchAll(/^\| (`src\/[^|]*)\|[^|]*\|([^|]*)\|$/gm);
  return Object.fromEntries(
    [...rows].flatMap(([, folders = '', allowed = '']) =>
      namesIn(folders).map((folder) => [folder, [...namesIn(folders), ...namesIn(allowed)]]),
    ),
  );
}

function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}

describe('layers', () => {
  it('are found in the files', () => {
    expect(sourceFiles.length).toBeGreaterThan(40);
    const imports = sourceFiles.flatMap(({ specifiers }) => specifiers);
    expect(imports.length).toBeGreaterThan(150);
    expect(imports).toContain('@azure/msal-node');
    const paths = new Set(sourceFiles.map(({ path }) => path));
    for (const { path, files } of sourceFiles) {
      for (const file of files) expect(paths.has(file), `${path} -> ${file}`).toBe(true);
    }
  });

  it('hold every file, and are on disk', () => {
    for (const layer of Object.keys(layers)) expect(filesIn(layer), layer).not.toEqual([]);
    const known = inAny(Object.keys(layers));
    expect(sourceFiles.map(({ path }) => path).filter((path) => !known(path))).toEqual([]);
  });

  it.each(Object.entries(layers))('%s imports what is below it', (layer, allowed) => {
    const files = filesIn(layer);
    expect(files.length).toBeGreaterThan(0);
    expect(
      strays(files, (name) => !name.startsWith('src/') || inAny([...ground, ...allowed])(name)),
    ).toEqual([]);
  });

  it('the core knows no Azure, MSAL, HTTP or host', () => {
    expect(strays(filesIn('src/lib/auth'), (name) => !/^@azure\/|^node:http/.test(name))).toEqual(
      [],
    );
  });

  it.each([
    ['@azure/functions', ['src/lib/host']],
    ['@azure/msal-node', ['src/lib/msal']],
    ['@azure/data-tables', ['src/lib/storage']],
    ['@azure/storage-queue', ['src/lib/storage']],
    ['@azure/identity', ['src/lib/storage', 'src/lib/msal', 'src/lib/key-vault']],
    ['@azure/keyvault-keys', ['src/lib/key-vault']],
    ['rate-limiter-flexible', ['src/lib/http/rate-limit.ts']],
    ['croner', ['src/lib/config/ncrontab.ts']],
    ['undici', ['src/lib/http/outbound-request.ts']],
    ['p-map', ['src/lib/basics/lists.ts']],
  ])('%s is known to %j alone', (name, folders) => {
    const users = sourceFiles.filter(({ packages }) => packages.includes(name));
    expect(users.map(({ path }) => path).filter((path) => !inAny(folders)(path))).toEqual([]);
  });

  it('a function is registered by what brings its guards, headers and errors along', () => {
    const registering =
      /\bapp\.(http|get|post|put|patch|deleteRequest|timer|storageQueue|generic)\(/;
    const users = sourceFiles.filter(({ text }) => registering.test(text));
    expect(users.map(({ path }) => path)).toEqual([
      'src/lib/host/http.ts',
      'src/lib/host/triggers.ts',
    ]);
  });

  it('OpenTelemetry is known to src/lib/telemetry alone', () => {
    const others = sourceFiles.filter(({ path }) => !path.startsWith('src/lib/telemetry/'));
    expect(strays(others, (name) => !name.startsWith('@opentelemetry/'))).toEqual([]);
  });

  it('nothing imports what is not deployed', () => {
    expect(strays(sourceFiles, (name) => !inAny(['dev', 'test', 'bench', 'tools'])(name))).toEqual(
      [],
    );
  });

  it.each([
    ['supply', (name: string) => !name.startsWith('src/')],
    ['doctor', (name: string) => !inAny(['src/lib/host', 'src/functions', 'test'])(name)],
    ['user', (name: string) => !inAny(['src/lib/host', 'src/functions', 'test'])(name)],
  ])('tools/%s imports what it may', (tool, allowed) => {
    const files = readSources(`tools/${tool}`);
    expect(files.length).toBeGreaterThan(2);
    expect(strays(files, allowed)).toEqual([]);
  });

  it('nothing imports a function but their table of contents', () => {
    const others = sourceFiles.filter(({ path }) => path !== 'src/functions/index.ts');
    expect(strays(others, (name) => !name.startsWith('src/functions/'))).toEqual([]);
  });

  it('the table of contents imports every function', () => {
    const [index] = filesIn('src/functions/index.ts');
    const functions = filesIn('src/functions').filter((file) => file !== index);
    expect(index?.files.toSorted()).toEqual(functions.map(({ path }) => path).sort());
  });

  it('the composition root is known to the host alone', () => {
    const users = sourceFiles.filter(({ files }) => files.includes('src/lib/app-core.ts'));
    expect(
      users.map(({ path }) => path).filter((path) => !path.startsWith('src/lib/host/')),
    ).toEqual([]);
  });
});

describe('imports', () => {
  it('go in no circle', () => {
    const filesOf = new Map(sourceFiles.map(({ path, files }) => [path, files]));
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) {
        circles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
        return;
      }
      if (done.has(path)) return;
      for (const file of filesOf.get(path) ?? []) visit(file, [...trail, path]);
      done.add(path);
    };
    for (const { path } of sourceFiles) visit(path, []);
    expect(circles).toEqual([]);
  });

  it('name files with their ending', () => {
    const bare = sourceFiles.flatMap(({ files }) => files).filter((file) => !file.endsWith('.ts'));
    expect(bare).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { filesIn, readSources, type SourceFile, sourceFiles } from './source-files.ts';

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
const ground = [
  'src/lib/errors.ts',
  'src/lib/in-time.ts',
  'src/lib/json-object.ts',
  'src/lib/lazy.ts',
  'src/lib/lists.ts',
  'src/lib/canonical-id.ts',
  'src/lib/loopback.ts',
];

/** What each layer may import of `src`. */
const layers: Record<string, string[]> = {
  'src/lib/errors.ts': [],
  'src/lib/in-time.ts': ['src/lib/errors.ts'],
  'src/lib/json-object.ts': [],
  'src/lib/lazy.ts': [],
  'src/lib/lists.ts': ['src/lib/lazy.ts'],
  'src/lib/canonical-id.ts': [],
  'src/lib/loopback.ts': [],
  'src/lib/ncrontab.ts': [],
  'src/lib/address.ts': ['src/lib/loopback.ts'],
  'src/lib/connection-string.ts': ['src/lib/address.ts'],
  'src/lib/setting-values.ts': [
    'src/lib/address.ts',
    'src/lib/connection-string.ts',
    'src/lib/ncrontab.ts',
    ...ground,
  ],
  'src/lib/setting-ids.ts': ['src/lib/setting-values.ts', ...ground],
  'src/lib/graph-routes-setting.ts': ['src/lib/graph/routes.ts'],
  'src/lib/settings.ts': [
    'src/lib/setting-values.ts',
    'src/lib/setting-ids.ts',
    'src/lib/graph-routes-setting.ts',
    ...ground,
  ],
  'src/lib/config.ts': [
    'src/lib/settings.ts',
    'src/lib/setting-values.ts',
    'src/lib/graph-routes-setting.ts',
    'src/lib/graph/routes.ts',
  ],
  'src/lib/startup.ts': ['src/lib/config.ts', 'src/lib/settings.ts', ...ground],
  'src/lib/readiness.ts': ground,
  'src/lib/recent.ts': ['src/lib/auth'],
  'src/lib/auth': ['src/lib/auth', ...ground],
  'src/lib/crypto': ['src/lib/crypto', ...ground],
  'src/lib/key-vault': ['src/lib/key-vault', 'src/lib/crypto', 'src/lib/config.ts', ...ground],
  'src/lib/http': [
    'src/lib/http',
    'src/lib/auth',
    'src/lib/crypto',
    'src/web/strings.ts',
    ...ground,
  ],
  'src/lib/openapi': [
    'src/lib/openapi',
    'src/lib/http/problem-details.ts',
    'src/lib/http/request-guard.ts',
    'src/lib/graph/query.ts',
    'src/lib/graph/routes.ts',
    ...ground,
  ],
  'src/lib/app-token': ['src/lib/app-token', 'src/lib/auth', 'src/lib/http', ...ground],
  'src/lib/graph': ['src/lib/graph', 'src/lib/auth', 'src/lib/http', ...ground],
  'src/lib/msal': [
    'src/lib/msal',
    'src/lib/auth',
    'src/lib/http',
    'src/lib/config.ts',
    'src/lib/setting-values.ts',
    ...ground,
  ],
  'src/lib/storage': [
    'src/lib/storage',
    'src/lib/auth',
    'src/lib/crypto',
    'src/lib/http/outbound-request.ts',
    'src/lib/address.ts',
    'src/lib/config.ts',
    'src/lib/connection-string.ts',
    ...ground,
  ],
  'src/lib/telemetry': ['src/lib/telemetry', 'src/lib/auth', 'src/lib/http', ...ground],
  'src/lib/key-services.ts': ['src/lib'],
  'src/lib/app-core.ts': ['src/lib'],
  'src/lib/health.ts': ['src/lib'],
  'src/lib/sweep-times.ts': ['src/lib/auth', 'src/lib/ncrontab.ts'],
  'src/lib/stores.ts': ['src/lib'],
  'src/lib/host': [
    'src/lib/host',
    'src/lib/auth',
    'src/lib/http',
    'src/lib/openapi',
    'src/lib/config.ts',
    'src/lib/readiness.ts',
    'src/lib/app-core.ts',
    'src/lib/startup.ts',
    ...ground,
  ],
  // Browsers run it.
  'src/web': ['src/web'],
  'src/functions': [
    'src/functions',
    'src/lib/host',
    'src/lib/auth',
    'src/lib/http',
    'src/lib/openapi',
    'src/lib/config.ts',
    ...ground,
  ],
};

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

  it('hold every file', () => {
    const known = inAny(Object.keys(layers));
    expect(sourceFiles.map(({ path }) => path).filter((path) => !known(path))).toEqual([]);
  });

  it.each(Object.entries(layers))('%s imports what is below it', (layer, allowed) => {
    const files = filesIn(layer);
    expect(files.length).toBeGreaterThan(0);
    expect(strays(files, (name) => !name.startsWith('src/') || inAny(allowed)(name))).toEqual([]);
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
    ['croner', ['src/lib/ncrontab.ts']],
    ['undici', ['src/lib/http/outbound-request.ts']],
    ['p-map', ['src/lib/lists.ts']],
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

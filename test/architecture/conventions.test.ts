import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hostKeys, settingKeys } from '../../src/lib/config/settings.ts';
import { typesFile } from '../../tools/openapi/types.ts';
import { filesIn, root, sourceFiles } from './source-files.ts';

function mentioning(pattern: RegExp): string[] {
  return sourceFiles.filter(({ text }) => pattern.test(text)).map(({ path }) => path);
}

describe('settings', () => {
  it('are read in one file', () => {
    expect(mentioning(/\bprocess\s*\.\s*env\b|\bprocess\[|\benv\b.*from 'node:process'/)).toEqual([
      'src/lib/config/config.ts',
    ]);
  });

  it('are all in the example, and nothing else is', () => {
    const example = JSON.parse(readFileSync(join(root, 'local.settings.example.json'), 'utf8')) as {
      Values: Record<string, string>;
    };
    expect(Object.keys(example.Values).sort()).toEqual([...settingKeys, ...hostKeys].sort());
  });
});

describe('functions', () => {
  it('are registered through the host folder alone', () => {
    expect(
      mentioning(/\bapp\s*\.\s*(http|get|post|put|patch|deleteRequest|timer|generic)\(/),
    ).toEqual(['src/lib/host/http.ts', 'src/lib/host/triggers.ts']);
    const files = filesIn('src/functions').filter(({ path }) => !path.endsWith('/index.ts'));
    for (const { path, text, packages } of files) {
      expect(packages, path).not.toContain('@azure/functions');
      expect(text, path).toMatch(/^register((?:Bare)?Route|Timer|QueueWorker)\(/m);
    }
  });

  it('are one to a file', () => {
    for (const { path, text } of filesIn('src/functions')) {
      const registered = text.match(/^register\w+\(/gm) ?? [];
      expect(registered.length, path).toBe(path.endsWith('/index.ts') ? 0 : 1);
    }
  });

  it('are short, with what the OpenAPI document says of them', () => {
    const long = filesIn('src/functions').filter(({ text }) => text.split('\n').length > 70);
    expect(long.map(({ path }) => path)).toEqual([]);
  });
});

describe('files', () => {
  it('have at most 260 lines', () => {
    const written = sourceFiles.filter(({ path }) => path !== typesFile);
    const long = written.filter(({ text }) => text.split('\n').length > 260);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  it('are named in kebab-case, by what they are about', () => {
    for (const { path } of sourceFiles) {
      expect(path).toMatch(/^src(\/[a-z][a-z0-9-]*)+(\.d)?\.ts$/);
      expect(path).not.toMatch(/\b(utils?|helpers?|common|misc|manager)\b/);
    }
  });

  it('write to no console but the log’s', () => {
    expect(mentioning(/\bconsole\b/)).toEqual(['src/lib/host/log.ts']);
  });

  it('export names, no defaults', () => {
    expect(mentioning(/^export default/m)).toEqual([]);
  });
});

it('the words of the page are in one file', () => {
  const others = filesIn('src/web').filter(
    ({ path }) => !/\/(?:strings|openapi\.d)\.ts$/.test(path),
  );
  const lines = others.flatMap(({ path, text }) =>
    text
      .split('\n')
      // Comments; what browsers read; what goes wrong with us alone.
      .filter((line) => !/^\s*(?:\*|\/[/*])|\bclass: |matchMedia\(|new Error\(/.test(line))
      .map((line) => `${path}: ${line.trim()}`),
  );
  const literalsOf = (line: string) =>
    [...line.replaceAll(/\$\{[^}]*\}/g, '').matchAll(/'[^']*'|`[^`]*`/g)].map(([text]) => text);
  const hasWords = (line: string) => literalsOf(line).some((text) => /[a-z] | [a-z]/i.test(text));
  expect(lines.filter(hasWords)).toEqual([]);
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './source-files.ts';

const security = readFileSync(join(root, 'SECURITY.md'), 'utf8');
const [, threats = ''] = security.split('## Threats\n');
const [table = ''] = threats.split('## What is not promised');

const names = [...table.matchAll(/^\| ([^|]+) \| [^|]+ \|$/gm)]
  .map(([, name = '']) => name)
  .filter((name) => name !== 'threat' && name !== '---');
const advisories = table.match(/\b(CVE|GHSA|MSRC|MSAL)-[\w-]+|passport-azure-ad/g) ?? [];

const folder = join(root, 'test', 'security');
const tests = readdirSync(folder)
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => readFileSync(join(folder, name), 'utf8'))
  .join('\n');

it('the table has its rows', () => {
  expect(names.length).toBeGreaterThan(50);
  expect(advisories.length).toBeGreaterThan(30);
});

it.each([...names, ...advisories])('%s has a test of that name', (name) => {
  const title = new RegExp(
    `^ *(it|describe)(\\.each\\b[^]*?\\))?\\(\\s*['"\`]${escaped(name)}`,
    'm',
  );
  expect(title.test(tests)).toBe(true);
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { simulateSample } from '../../../bench/simulate/simulate-sample.ts';
import { type Summary, summarize } from '../../../bench/simulate/summary.ts';
import { writeChart, writeReport } from '../../../bench/simulate/written-report.ts';

let folder: string;
let summary: Summary;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'evergreen-report-'));
  const scenario = {
    ...{ users: 1000, days: 4, hotShare: 0.02, tenants: 1, budgetPerSecond: 50, instances: 1 },
    tokenLimitPerSecond: 2000,
  };
  summary = summarize(scenario, 1000, [await simulateSample(scenario, { users: 1000, seed: 1 })]);
});

afterAll(() => rmSync(folder, { recursive: true }));

it('a report replaces the earlier one between its marks, and nothing else', () => {
  const path = join(folder, 'scale.md');
  writeFileSync(path, 'Before.\n<!-- simulate 1000 -->\nEarlier.\n<!-- end of 1000 -->\nAfter.\n');
  writeReport(path, summary, 'npm run simulate -- --users 1000');
  const once = readFileSync(path, 'utf8');
  expect(once).toMatch(
    /^Before\.\n<!-- simulate 1000 -->\n[\s\S]*<!-- end of 1000 -->\nAfter\.\n$/,
  );
  expect(once).not.toContain('Earlier.');
  expect(once).toContain('`npm run simulate -- --users 1000`');
  expect(readdirSync(folder).sort()).toEqual(['scale-1000.svg', 'scale.md']);
  writeReport(path, summary, 'npm run simulate -- --users 1000');
  expect(readFileSync(path, 'utf8')).toBe(once);
});

it('a picture without a report makes its folder', () => {
  const path = join(folder, '.evergreen', 'lag-1000.svg');
  expect(writeChart(path, summary)).toBe(path);
  expect(readFileSync(path, 'utf8')).toMatch(/^<svg .*How late refreshes are over time/s);
});

it('a document without the marks is left alone, and the error names them', () => {
  const path = join(folder, 'other.md');
  writeFileSync(path, 'Nothing.\n');
  expect(() => writeReport(path, summary, '')).toThrow(/no lines "<!-- simulate 1000 -->"/);
  expect(readFileSync(path, 'utf8')).toBe('Nothing.\n');
});

import { describe, expect, it } from 'vitest';
import { describeProblems, parseConfig } from '../../../src/lib/config/config.ts';
import { settingKeys } from '../../../src/lib/config/settings.ts';
import { leastEnvironment } from '../../support/environment.ts';
import { freeSettings, hostileSecrets, hostileSettings } from '../../support/hostile-settings.ts';

it('every setting has hostile values', () => {
  expect([...Object.keys(hostileSettings), ...freeSettings].sort()).toEqual(settingKeys.toSorted());
});

describe.each(Object.entries(hostileSettings))('%s', (key, values) => {
  it.each(values)('%j is a problem of its own, and is not quoted', (value) => {
    const parsed = parseConfig({ ...leastEnvironment, ENTRA_APP_ROLE: 'Act', [key]: value });
    const problems = parsed.ok ? [] : parsed.problems;
    expect([...new Set(problems.map((problem) => problem.key))]).toEqual([key]);
    for (const { problem } of problems) expect(problem).not.toMatch(/^is missing/);
    const text = describeProblems(problems);
    // An entry of the list of routes is no secret: it is quoted if it looks like one.
    if (value.length > 8 && key !== 'GRAPH_ROUTES') expect(text).not.toContain(value);
    for (const secret of hostileSecrets) expect(text).not.toContain(secret);
  });
});

import { createConfig, lintFromString } from '@redocly/openapi-core';
import type { Finding } from '../finding.ts';

/** Redocly's recommended rules that don't fit. */
const rules = {
  // `/login` and `/callback` answer with a redirect, and with nothing else.
  'operation-2xx-response': 'off',
} as const;

/** Warnings count as errors. */
export async function lintDocument(source: string): Promise<Finding> {
  const config = await createConfig({ extends: ['recommended'], rules });
  const found = await lintFromString({ source, absoluteRef: 'openapi.json', config });
  return {
    summary: 'Redocly’s recommended rules',
    problems: found.map(({ ruleId, message, location: [at] }) => {
      return `${ruleId} at ${at?.pointer ?? '#'}: ${message}`;
    }),
  };
}

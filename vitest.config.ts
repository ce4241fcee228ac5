import { defineConfig } from 'vitest/config';
import { buildWeb } from './build.ts';

/**
 * `unit` and `simulation` need nothing; `integration` starts Azurite and the stand-in; `e2e`,
 * `security` and `faults` run the bundle. One after the other, so that they don't take each other's ports and time.
 */
export default defineConfig({
  test: {
    projects: [
      {
        // It warns of packages that come without their sources.
        logLevel: 'error',
        // As in the bundle.
        define: { webAssets: JSON.stringify(await buildWeb()) },
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          include: [
            'test/unit/**/*.test.ts',
            'test/matrix/**/*.test.ts',
            'test/architecture/**/*.test.ts',
          ],
          // It imports JSON as bundlers do and Node does not.
          server: { deps: { inline: ['@actions/workflow-parser'] } },
        },
      },
      {
        test: {
          name: 'simulation',
          sequence: { groupOrder: 5 },
          include: ['test/simulation/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'integration',
          sequence: { groupOrder: 1 },
          include: ['test/contract/**/*.test.ts', 'test/integration/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          sequence: { groupOrder: 2 },
          include: ['test/e2e/**/*.test.ts'],
          setupFiles: ['test/support/show-logs.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'security',
          sequence: { groupOrder: 3 },
          include: ['test/security/**/*.test.ts'],
          setupFiles: ['test/support/show-logs.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'faults',
          sequence: { groupOrder: 4 },
          include: ['test/faults/**/*.test.ts'],
          setupFiles: ['test/support/show-logs.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});

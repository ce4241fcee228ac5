/**
 * The rows that one execution leaves in the workspace. The host's are assumed after its source, ours
 * are measured: `test/e2e/log-rows.test.ts` counts the lines of a real run.
 */
import type { AppFunction, Trigger } from '../../../tools/infra/app-functions.ts';

/** Lines that the app itself logs in an execution, and the bytes of all of them together. */
export interface OwnLines {
  lines: number;
  bytes: number;
}

/** By function, as it usually goes. A sweep and a janitor's run log nothing while all is well. */
export const ownLines = {
  login: { lines: 1, bytes: 123 },
  callback: { lines: 2, bytes: 272 },
  me: { lines: 1, bytes: 142 },
  'health-refresh': { lines: 1, bytes: 132 },
  'refresh-sweep': { lines: 0, bytes: 0 },
  'refresh-worker': { lines: 1, bytes: 77 },
  janitor: { lines: 0, bytes: 0 },
} as const satisfies Record<string, OwnLines>;

export type LoggingFunction = keyof typeof ownLines;

const id = '00000000-0000-0000-0000-000000000000';
const reasons: Readonly<Record<Trigger, string>> = {
  http: 'This function was programmatically called via the host APIs.',
  timer: 'Timer fired at 2026-12-01T00:00:00.0000000+00:00',
  queue: "New queue message detected on 'refresh'.",
};

/**
 * Messages that the host writes around an execution, at the level Information, which is its
 * default. Only queue messages have trigger details.
 *
 * @see https://github.com/Azure/azure-webjobs-sdk/blob/dev/src/Microsoft.Azure.WebJobs.Host/Loggers/FunctionInstanceLogger.cs
 */
export function hostMessages({ name, trigger }: AppFunction): string[] {
  const details = `Trigger Details: MessageId: ${id}, DequeueCount: 1, InsertedOn: 2026-12-01T00:00:00.000+00:00`;
  return [
    `Executing 'Functions.${name}' (Reason='${reasons[trigger]}', Id=${id})`,
    ...(trigger === 'queue' ? [details] : []),
    `Executed 'Functions.${name}' (Succeeded, Id=${id}, Duration=100ms)`,
  ];
}

/** The row in AppRequests. */
export const requestRows = 1;

/**
 * An imitation of the Functions worker, in a process of its own: it supplies the core module, loads
 * the app, runs one function for one request as the worker does, and ends.
 *
 * Arguments: the app's file, the function's name, the request's URL.
 */
import { createRequire } from 'node:module';
import { supplyCoreModule } from '../../dev/functions-host/core-module.ts';
import { invoker } from '../../dev/functions-host/invocation.ts';
import { registeredFunctions } from '../../dev/functions-host/registrations.ts';

/** What the parent is told with the answer. */
export interface FirstAnswer {
  readonly status: number;
  /** Of the process until then. */
  readonly cpuMs: number;
  /** All files that have been loaded by then. */
  readonly files: readonly string[];
}

const [file = '', name = '', url = ''] = process.argv.slice(2);

async function main(): Promise<void> {
  const { app } = supplyCoreModule(ignore);
  const require = createRequire(file);
  require(file);
  const hosted = registeredFunctions(app).find((each) => each.name === name);
  if (!hosted) throw new Error(`${file} registers no ${name}`);
  const { returnValue } = await invoker(app, ignore)(hosted, {
    data: {
      http: {
        ...{ method: 'GET', url, body: null },
        ...{ nullableHeaders: {}, nullableQuery: {}, nullableParams: {} },
      },
    },
  });
  const status = Number(returnValue?.http?.statusCode);
  const { user, system } = process.cpuUsage();
  const cpuMs = (user + system) / 1000;
  const answer: FirstAnswer = { status, cpuMs, files: Object.keys(require.cache) };
  process.send?.(answer, () => process.exit());
}

function ignore(): void {}

void main();

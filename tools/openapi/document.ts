import { buildBundle } from '../../build.ts';
import { startHost } from '../../dev/functions-host/host.ts';

/** The text of `/openapi.json`, as the app that would be deployed answers it, without any settings. */
export async function readDocument(): Promise<string> {
  const bundle = await buildBundle();
  const quiet = { port: 0, timers: false, queues: false, environment: {}, log: () => {} };
  const host = await startHost({ bundle, ...quiet });
  try {
    const response = await fetch(`${host.origin}/openapi.json`);
    if (!response.ok) throw new Error(`/openapi.json: ${response.status} ${await response.text()}`);
    return await response.text();
  } finally {
    await host.close();
  }
}

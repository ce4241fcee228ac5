import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LoggingFunction, ownLines } from '../../bench/simulate/costs/log-rows.ts';
import { bundlePath } from '../../build.ts';
import { readRegistrations } from '../../dev/functions-host/registrations.ts';
import { readAppFunctions } from '../../tools/infra/app-functions.ts';
import { createBrowserClient, signIn } from '../support/browser-client.ts';
import { type RefreshWorld, startRefreshWorld } from '../support/refresh-world.ts';
import { until } from '../support/until.ts';

let { app, clock, close } = {} as RefreshWorld;

beforeAll(async () => {
  ({ app, clock, close } = await startRefreshWorld());
});

afterAll(() => close());

interface Line {
  event: string;
  route?: string;
  requestId?: string;
}

/** What the app itself has logged: one JSON object a line. */
const linesOf = (log: readonly string[]) => log.filter((line) => line.startsWith('{'));
const parse = (line: string) => JSON.parse(line) as Line;

/** With three digits for the milliseconds that it took. */
const bytesOf = (line: string) => Buffer.byteLength(line.replace(/"ms":\d+/, '"ms":100'));

/** The lines of one request, which share its id. */
function linesOfRequest(route: string): string[] {
  const lines = linesOf(app.log);
  const of = lines.map(parse).find((line) => line.event === 'request' && line.route === route);
  return lines.filter((line) => of?.requestId && parse(line).requestId === of.requestId);
}

/** What a run logs. It is over when the app has said something that comes after it. */
async function linesOfTimer(name: string): Promise<string[]> {
  const before = linesOf(app.log).length;
  await app.runTimer(name);
  const { status } = await createBrowserClient().request(`${app.origin}/health/live`);
  expect(status).toBe(200);
  const isLive = (line: string) => parse(line).route === 'health-live';
  await until(() => linesOf(app.log).slice(before).some(isLive));
  return linesOf(app.log)
    .slice(before)
    .filter((line) => !isLive(line));
}

it('the cost model counts the lines that a sign-in, a request and a refresh log', async () => {
  // The first request of an app whose timer has not run yet sweeps, and says so.
  await app.runTimer('refresh-sweep');
  const browser = createBrowserClient();
  await signIn(browser, app.origin, 'alice@evergreen.example');
  for (const path of ['/me', '/health/refresh']) {
    expect((await browser.request(`${app.origin}${path}`)).status).toBe(200);
  }
  const measured: Partial<Record<LoggingFunction, string[]>> = {
    'refresh-sweep': await linesOfTimer('refresh-sweep'),
    janitor: await linesOfTimer('janitor'),
  };

  await clock.advance(5 * 60_000, [app]);
  const before = linesOf(app.log).length;
  await app.runTimer('refresh-sweep');
  const isRefresh = (line: string) => parse(line).event === 'refresh';
  await until(() => linesOf(app.log).some(isRefresh));
  measured['refresh-worker'] = linesOf(app.log).slice(before);
  await until(() => linesOfRequest('health-refresh').length > 0);
  for (const route of ['login', 'callback', 'me', 'health-refresh'] as const) {
    measured[route] = linesOfRequest(route);
  }

  for (const [name, { lines, bytes }] of Object.entries(ownLines)) {
    const found = measured[name as LoggingFunction] ?? [];
    expect([name, found.length]).toEqual([name, lines]);
    const size = found.reduce((total, line) => total + bytesOf(line), 0);
    expect([name, size]).toEqual([name, bytes]);
  }
});

it('the cost model reads the functions that the bundle registers', () => {
  const triggers = { httpTrigger: 'http', timerTrigger: 'timer', queueTrigger: 'queue' } as const;
  const registered = readRegistrations(bundlePath).map(({ name, trigger }) => ({
    ...{ name, trigger: triggers[trigger.type] },
  }));
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  expect(readAppFunctions().sort(byName)).toEqual(registered.sort(byName));
});

import { createAppCore } from '../../src/lib/app-core.ts';
import type { Config, Environment } from '../../src/lib/config/config.ts';
import { settingKeys } from '../../src/lib/config/settings.ts';
import { createSend } from '../../src/lib/http/outbound-request.ts';
import { createTokenClient } from '../../src/lib/msal/token-client.ts';
import { startUp } from '../../src/lib/startup.ts';
import { failed, ok, type Result, type Subject, skipped } from './check.ts';
import { clock } from './checks/clock.ts';
import { credential } from './checks/credential.ts';
import { dataKeys } from './checks/data-keys.ts';
import { deviceClient } from './checks/device-client.ts';
import { graph } from './checks/graph.ts';
import { graphScopes } from './checks/graph-scopes.ts';
import { metadata } from './checks/metadata.ts';
import { queue } from './checks/queue.ts';
import { redirectUri } from './checks/redirect-uri.ts';
import { tables } from './checks/tables.ts';
import { timer } from './checks/timer.ts';
import { wrappingKey } from './checks/wrapping-key.ts';
import { runChecks } from './run-checks.ts';

/** Those after the settings, in order: what others need comes first. */
const checks = [
  ...[clock, metadata, credential, redirectUri, graphScopes, deviceClient, graph],
  ...[tables, queue, wrappingKey, dataKeys, timer],
];

/**
 * Everything that can be found out about a configuration.
 *
 * @param begin is told which check is next.
 */
export async function examine(
  environment: Environment,
  begin: (name: string) => void,
): Promise<Result[]> {
  const started = startUp(environment, compose);
  if (!started.ok) {
    const problems = started.problems.map(({ key, problem }) => `${key} ${problem}`);
    const mend = 'Correct these settings. docs/configuration.md says what each means.';
    return [
      { name: 'settings', ...failed(problems.join('\n'), mend) },
      ...checks.map(({ name }) => ({ name, ...skipped('because of settings') })),
    ];
  }
  const { app: subject } = started;
  const settings = ok(`all of ${settingKeys.length} are in order`);
  return [{ name: 'settings', ...settings }, ...(await runChecks(checks, subject, { begin }))];
}

const silent = { info() {}, warn() {}, error() {} };

/** Builds all of the app, as a start does, and what the checks need of it. Nothing is sent by that. */
function compose(config: Config): Subject {
  const now = Date.now;
  void createAppCore(
    { ...config, metricsEndpoint: undefined },
    { log: silent, now, startedAt: now(), random: Math.random },
  );
  const send = createSend();
  return { config, send, now, tokenClient: createTokenClient({ config, send, now }) };
}

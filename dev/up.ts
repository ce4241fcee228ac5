/** Runs everything on a laptop: `npm start`. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import getPort from 'get-port';
import { appSettings, needsAzurite, preferredPort, publicBaseUrl } from './app-settings.ts';
import { type Azurite, startAzurite } from './azurite.ts';
import { writeBackEndSettings } from './back-end-settings.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { type FunctionApp, type FunctionAppOptions, startFunctionApp } from './function-app.ts';
import { givenSettings } from './given-settings.ts';
import { namesRealTenant, whyNoRealTenant } from './local-settings.ts';
import { runningSettingsPath, shareSettings } from './running-settings.ts';
import { type StandIn, type StandInOptions, startStandIn } from './stand-in.ts';
import { describeSummary } from './summary.ts';
import { newTerminal } from './terminal.ts';
import { readOrCreateWrappingKey } from './wrapping-key.ts';

const root = join(import.meta.dirname, '..');
const appPort = 7071;

const terminal = newTerminal();
/** What runs, in the order in which it was started. */
const running: { close(): Promise<void> }[] = [];
let stopping = false;

async function up(): Promise<void> {
  const { accessTokenSeconds, dataPath } = readArguments();
  const given = givenSettings(join(root, 'local.settings.json'));
  const data = keep(openDataFolder(dataPath));
  const port = await getPort({ port: preferredPort(given, appPort) });
  const appOrigin = publicBaseUrl(given, port);

  const azurite = needsAzurite(given) ? await runAzurite(data) : undefined;
  const standIn = namesRealTenant(given)
    ? undefined
    : await runStandIn(data, { appOrigin, accessTokenSeconds, line: terminal.line });
  const settings = appSettings({
    given,
    publicBaseUrl: appOrigin,
    storage: azurite?.connectionString,
    wrappingKey: readOrCreateWrappingKey(join(data.path, 'wrapping-key')),
    standIn: standIn?.settings,
    defaults: standIn?.defaults,
  });
  // Those of another run in this folder stay.
  if (standIn && data.isOurs)
    writeBackEndSettings(join(data.path, 'back-end.env'), appOrigin, standIn);
  const { host } = await runFunctions({ port, settings, line: terminal.line });
  if (data.isOurs) keep(shareSettings(runningSettingsPath(data.path), settings));

  terminal.started('Everything runs');
  const storage = azurite && describeStorage(azurite, data);
  const whyStandIn = whyNoRealTenant(given);
  console.log(describeSummary({ appOrigin, host, storage, standIn, whyStandIn }));
}

async function runAzurite({ path, isOurs }: DataFolder): Promise<Azurite> {
  terminal.step('Starting the storage emulator');
  const folder = isOurs ? join(path, 'azurite') : undefined;
  const azurite = keep(await startAzurite({ folder }));
  void azurite.ended.then(stopBecause);
  return azurite;
}

async function runStandIn({ path, isOurs }: DataFolder, options: StandInOptions): Promise<StandIn> {
  terminal.step('Starting the stand-ins for Entra and Graph');
  const dataFile = isOurs ? join(path, 'identity-provider.json') : undefined;
  return keep(await startStandIn({ ...options, dataFile }));
}

async function runFunctions(options: FunctionAppOptions): Promise<FunctionApp> {
  terminal.step('Starting the functions');
  const app = keep(await startFunctionApp(options));
  void app.ended.then(stopBecause);
  return app;
}

function describeStorage({ tableOrigin }: Azurite, { path, isOurs }: DataFolder): string {
  const where = isOurs ? `data in ${path}` : `in memory: another run uses ${path}`;
  return `Azurite, tables on ${tableOrigin}, ${where}`;
}

function keep<Part extends { close(): Promise<void> }>(part: Part): Part {
  running.push(part);
  return part;
}

/** @throws for an option that doesn't exist */
function readArguments(): { accessTokenSeconds: number | undefined; dataPath: string } {
  const { values } = parseArgs({
    options: {
      'token-minutes': { type: 'string' },
      data: { type: 'string', default: join(root, '.evergreen') },
    },
  });
  const text = values['token-minutes'];
  if (text === undefined) return { accessTokenSeconds: undefined, dataPath: values.data };
  const minutes = Number(text);
  if (!(minutes > 0)) throw new Error(`--token-minutes is not a number of minutes: ${text}`);
  return { accessTokenSeconds: Math.round(minutes * 60), dataPath: values.data };
}

function stopBecause(reason: string): void {
  if (stopping) return;
  terminal.ending(reason);
  void stop(1);
}

/** Stops the last first: the app before what it needs. */
async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  for (const part of running.reverse()) {
    await part.close().catch((error) => terminal.line(String(error)));
  }
  process.exit(code);
}

// npm passes on a Ctrl-C that we have had already: only the first counts.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (!stopping) terminal.ending('Stopping');
    void stop(0);
  });
}

await up().catch((error) => stopBecause(error instanceof Error ? error.message : String(error)));

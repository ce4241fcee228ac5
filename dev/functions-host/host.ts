import { listenOnLoopback } from '../loopback-servers.ts';
import { isAdminRequest, runByHand } from './admin.ts';
import { loadBundle } from './bundle.ts';
import { type HostJson, readHostJson } from './host-json.ts';
import { httpListener } from './http-listener.ts';
import { type Invoke, invoker, runHooks } from './invocation.ts';
import { consoleLog, hostLog, type Log, messageOf } from './log.ts';
import { newPause } from './pause.ts';
import { openQueueService } from './queue-connection.ts';
import { type QueueListener, queueListener } from './queue-listener.ts';
import {
  type HostedFunction,
  type RegisteredFunction,
  registeredFunctions,
} from './registrations.ts';
import { resolveSettings, type Settings } from './settings.ts';
import { type TimerListener, timerListener } from './timer-listener.ts';

export type { RegisteredFunction, Trigger } from './registrations.ts';
export { readRegistrations } from './registrations.ts';

export interface HostOptions {
  /** Path of the bundle; the host.json nearest above it counts. */
  readonly bundle: string;
  /** 0: any free one. */
  readonly port: number;
  /**
   * Settings that the host itself looks up: connections and `%NAME%`. Default: `process.env`, which
   * is where the bundle looks in any case.
   */
  readonly environment?: Settings;
  /** Default: standard output and standard error. */
  readonly log?: Log;
  /** Whether timers run by their schedules; they can be run by hand in any case. Default true. */
  readonly timers?: boolean;
  /** Whether queues are polled. Default true. */
  readonly queues?: boolean;
  /** In place of host.json's, in milliseconds. */
  readonly maxPollingIntervalMs?: number | undefined;
}

/** A running app. One in a process: the app reads the process's environment. */
export interface FunctionsHost {
  /** `http://localhost:PORT` */
  readonly origin: string;
  readonly functions: readonly RegisteredFunction[];
  /** Runs a timer now, or after its run in progress. Rejects when it fails or doesn't exist. */
  runTimer(name: string): Promise<void>;
  /** Starts nothing new and waits for what is running, for 10 seconds at most. */
  close(): Promise<void>;
}

const closeWithinMs = 10_000;

/**
 * Runs a bundled function app as the Azure Functions host does: HTTP (buffered), timers and storage
 * queues. @throws when the bundle can't be loaded, holds what this host lacks, or the port is taken
 */
export async function startHost(options: HostOptions): Promise<FunctionsHost> {
  const { bundle, environment: settings = process.env, log: plainLog = consoleLog } = options;
  const log = hostLog(plainLog);
  const hostJson = readHostJson(bundle);
  const { app, unload } = loadBundle(bundle, plainLog);
  try {
    const functions = registeredFunctions(app);
    const invoke = invoker(app, plainLog);
    await assertBuffered(app.programmingModel);
    await runHooks(app.hooks.get('appStart'), { hookData: {}, appHookData: app.appHookData });

    const context: ListenerContext = { functions, hostJson, settings, invoke, log, options };
    const timers = timerListeners(context);
    const queues = options.queues === false ? [] : queueListeners(context);
    const handle = httpListener({ functions, routePrefix: hostJson.routePrefix, invoke, log });
    const servers = await listenOnLoopback(options.port, (request, response) => {
      const admin = isAdminRequest(request) && runByHand(request, response, { timers, log });
      void (admin || handle(request, response));
    });
    if (options.timers !== false) for (const timer of timers) timer.start();
    for (const queue of queues) queue.start();

    return {
      origin: servers.origin,
      functions: functions.map(({ name, trigger }) => ({ name, trigger })),
      runTimer: async (name) => {
        const timer = timers.find((candidate) => candidate.name === name);
        if (!timer) throw new Error(`there is no timer ${name}`);
        await timer.runNow();
      },
      close: async () => {
        const listeners = [...timers, ...queues].map((listener) => listener.stop());
        await within(closeWithinMs, Promise.all([servers.drain(), ...listeners]));
        servers.cut();
        await runHooks(app.hooks.get('appTerminate'), { appHookData: app.appHookData });
        unload();
      },
    };
  } catch (error) {
    unload();
    throw error;
  }
}

interface ListenerContext {
  readonly functions: readonly HostedFunction[];
  readonly hostJson: HostJson;
  readonly settings: Settings;
  readonly invoke: Invoke;
  readonly log: Log;
  readonly options: HostOptions;
}

function timerListeners(context: ListenerContext): TimerListener[] {
  return eachOrLogged(context, (hosted) => {
    const { trigger } = hosted;
    return trigger.type === 'timerTrigger' && timerListener({ ...context, ...trigger, hosted });
  });
}

function queueListeners(context: ListenerContext): QueueListener[] {
  const { hostJson, settings, options } = context;
  const maxPollingIntervalMs = options.maxPollingIntervalMs ?? hostJson.queues.maxPollingIntervalMs;
  return eachOrLogged(context, (hosted) => {
    const { trigger } = hosted;
    if (trigger.type !== 'queueTrigger') return false;
    return queueListener({
      ...context,
      hosted,
      service: openQueueService(resolveSettings(trigger.connection, settings), settings),
      queueName: resolveSettings(trigger.queueName, settings),
      queues: { ...hostJson.queues, maxPollingIntervalMs },
    });
  });
}

/** As in Azure, a function that can't be started is reported, and the others run. */
function eachOrLogged<Listener>(
  { functions, log }: ListenerContext,
  listenerOf: (hosted: HostedFunction) => Listener | false,
): Listener[] {
  return functions.flatMap((hosted) => {
    try {
      const listener = listenerOf(hosted);
      return listener ? [listener] : [];
    } catch (error) {
      log('error', `${hosted.name} is not started: ${messageOf(error)}`);
      return [];
    }
  });
}

/** Asks for the worker's capabilities, as the worker does; this also ends the app's setup. */
async function assertBuffered(
  model:
    | { getCapabilities(given: Record<string, string>): Promise<Record<string, string>> }
    | undefined,
): Promise<void> {
  const capabilities = await model?.getCapabilities({});
  if (capabilities?.['HttpUri']) throw new Error('this host has no HTTP streaming');
}

async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const pause = newPause();
  await Promise.race([work, pause.wait(milliseconds)]);
  pause.end();
}

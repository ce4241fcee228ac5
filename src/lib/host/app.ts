import { app } from '@azure/functions';
import { type AppCore, createAppCore } from '../app-core.ts';
import { type Config, describeProblems, readEnvironment } from '../config/config.ts';
import { AppError } from '../errors.ts';
import { type Startup, startUp } from '../startup.ts';
import { describeError, log, outsideInvocation } from './log.ts';

/** When this process was loaded. */
const startedAt = Date.now();

let startup: Startup<AppCore> | undefined;

/** The process's core, built at the first call. @throws AppError `misconfigured`. */
export function getCore(): AppCore {
  const started = start();
  if (started.ok) return started.app;
  throw new AppError('misconfigured', {
    detail: 'This app’s settings are not complete. GET /health/ready names what is wrong.',
  });
}

/** As {@link getCore}, but undefined where that throws. */
export function coreIfConfigured(): AppCore | undefined {
  const started = start();
  return started.ok ? started.app : undefined;
}

/** Every setting that is missing or wrong, in one text; undefined if there is none. */
export function configProblems(): string | undefined {
  const started = start();
  return started.ok ? undefined : describeProblems(started.problems);
}

/** A process that is told to end sends its last metrics before. */
app.hook.appTerminate(async () => {
  if (startup?.ok) await startup.app.stop();
});

function start(): Startup<AppCore> {
  startup ??= startOnce();
  return startup;
}

function startOnce(): Startup<AppCore> {
  const options = { log, now: Date.now, startedAt, random: Math.random };
  const compose = (config: Config) => createAppCore(config, options);
  const started = outsideInvocation(() => startUp(readEnvironment(), compose));
  if (!started.ok) {
    const problems = describeProblems(started.problems);
    const { cause } = started;
    log.error('misconfigured', {
      problems,
      ...(cause !== undefined && { error: describeError(cause) }),
    });
  }
  return started;
}

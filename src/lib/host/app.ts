import { app } from '@azure/functions';
import { describeProblems, parseConfig, readEnvironment } from '../config.ts';
import { AppError } from '../errors.ts';
import { createServices, type Services } from '../services.ts';
import { log, outsideInvocation } from './log.ts';

type Startup = { services: Services } | { problems: string };

/** When this process was loaded. */
const startedAt = Date.now();

let startup: Startup | undefined;

/** The process's services, made at the first call. @throws AppError `misconfigured`. */
export function getServices(): Services {
  const started = start();
  if ('services' in started) return started.services;
  throw new AppError('misconfigured', {
    detail: 'This app’s settings are not complete. GET /health/ready names what is wrong.',
  });
}

/** As {@link getServices}, but undefined where that throws. */
export function servicesIfConfigured(): Services | undefined {
  const started = start();
  return 'services' in started ? started.services : undefined;
}

/** Every setting that is missing or wrong, in one text; undefined if there is none. */
export function configProblems(): string | undefined {
  const started = start();
  return 'problems' in started ? started.problems : undefined;
}

/** A process that is told to end sends its last metrics before. */
app.hook.appTerminate(async () => {
  if (startup && 'services' in startup) await startup.services.stop();
});

function start(): Startup {
  startup ??= startOnce();
  return startup;
}

function startOnce(): Startup {
  const result = parseConfig(readEnvironment());
  if (result.ok) {
    const options = { log, now: Date.now, startedAt, random: Math.random };
    return { services: outsideInvocation(() => createServices(result.config, options)) };
  }
  const problems = describeProblems(result.problems);
  log.error('misconfigured', { problems });
  return { problems };
}

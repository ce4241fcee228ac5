import { type Config, type Environment, parseConfig } from './config/config.ts';
import type { ConfigProblem } from './config/settings.ts';
import { AppError } from './errors.ts';

/** The app, built from its settings, or why it can't be. */
export type Startup<App> =
  | { ok: true; app: App; config: Config }
  | {
      ok: false;
      problems: readonly ConfigProblem[];
      /** What the composition threw, where every setting by itself is in order. */
      cause?: unknown;
    };

/**
 * Builds the app from its settings. It never throws: a process that can't serve still says why.
 *
 * @param compose the composition root.
 */
export function startUp<App>(
  environment: Environment,
  compose: (config: Config) => App,
): Startup<App> {
  const parsed = parseConfig(environment);
  if (!parsed.ok) return parsed;
  const { config } = parsed;
  try {
    return { ok: true, app: compose(config), config };
  } catch (cause) {
    return { ok: false, problems: [{ key: 'settings', problem: describeCause(cause) }], cause };
  }
}

/** The message of a foreign error may quote a setting, so it is left out. */
function describeCause(cause: unknown): string {
  if (cause instanceof AppError && cause.public.detail) {
    return `can’t be used together: ${cause.public.detail}`;
  }
  const { name, code } = (cause ?? {}) as { name?: unknown; code?: unknown };
  const words = [name, code].filter((word) => /^\w{1,64}$/.test(String(word ?? '')));
  const what = words.length > 0 ? words.join(' ') : 'unknown error';
  return `are well-formed one by one, but the app can’t start with them (${what})`;
}

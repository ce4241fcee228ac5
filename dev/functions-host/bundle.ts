import { createRequire } from 'node:module';
import { dirname, resolve, sep } from 'node:path';
import { type LoadedApp, supplyCoreModule } from './core-module.ts';
import type { Log } from './log.ts';

/** A bundle whose code has run, and the way to forget it. */
export interface LoadedBundle {
  readonly app: LoadedApp;
  unload(): void;
}

/**
 * Loads a bundled function app, CommonJS, anew even if it was loaded before.
 * @throws what its code throws, and when it registers nothing
 */
export function loadBundle(path: string, log: Log): LoadedBundle {
  const { app, withdraw } = supplyCoreModule(log);
  const file = resolve(path);
  const require = createRequire(file);
  // The bundle's other files are beside it.
  const forget = () => {
    for (const loaded of Object.keys(require.cache)) {
      if (loaded.startsWith(`${dirname(file)}${sep}`)) delete require.cache[loaded];
    }
  };
  try {
    forget();
    require(file);
    if (app.functions.length === 0) throw new Error(`${file} registers no function`);
  } catch (error) {
    withdraw();
    throw error;
  }
  const unload = () => {
    withdraw();
    forget();
  };
  return { app, unload };
}

import { createRequire } from 'node:module';
import { resolve } from 'node:path';
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
  try {
    delete require.cache[require.resolve(file)];
    require(file);
    if (app.functions.length === 0) throw new Error(`${file} registers no function`);
  } catch (error) {
    withdraw();
    throw error;
  }
  const unload = () => {
    withdraw();
    delete require.cache[file];
  };
  return { app, unload };
}

import { readdirSync, readFileSync } from 'node:fs';

/** A function of the app. */
export interface AppFunction {
  name: string;
  trigger: Trigger;
}

export type Trigger = 'http' | 'timer' | 'queue';

const folder = new URL('../../src/functions/', import.meta.url);

const triggerOf: Readonly<Record<string, Trigger>> = {
  registerRoute: 'http',
  registerBareRoute: 'http',
  registerTimer: 'timer',
  registerQueueWorker: 'queue',
};

/**
 * The functions that `src/functions` registers. A test compares them with the bundle's registrations.
 *
 * @throws Error for a registration that this function can't read.
 */
export function readAppFunctions(): AppFunction[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => functionsIn(readFileSync(new URL(file, folder), 'utf8'), file));
}

/** @throws Error as {@link readAppFunctions} does. */
export function functionsIn(source: string, file: string): AppFunction[] {
  return [...source.matchAll(/^(register\w+)\((?:\s*(?:\{\s*name: )?'([\w-]+)')?/gm)].map(
    ([, register = '', name]) => {
      const trigger = triggerOf[register];
      if (trigger === undefined || name === undefined) {
        throw new Error(`src/functions/${file}: can't read this ${register}().`);
      }
      return { name, trigger };
    },
  );
}

import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { givenSettings } from '../dev/given-settings.ts';
import type { SettingValues } from '../dev/local-settings.ts';
import { runningSettingsPath } from '../dev/running-settings.ts';
import { UsageError } from './usage-error.ts';

const root = join(import.meta.dirname, '..');

/** The settings that a tool works with. */
export interface ToolSettings {
  /** Where they are from, in words. */
  source: string;
  values: SettingValues;
}

/**
 * Settings as `npm start` reads them: the environment, and below it a file. That is the one named,
 * or else the one with which `npm start` runs now, or else local.settings.json.
 *
 * @param path in the form of a local.settings.json
 * @throws UsageError if the file that is named is not there, or any is not of that form
 */
export function readSettings(path?: string): ToolSettings {
  if (path !== undefined && !existsSync(path)) throw new UsageError(`${path} is not there`);
  const running = runningSettingsPath(join(root, '.evergreen'));
  const file = path ?? (existsSync(running) ? running : join(root, 'local.settings.json'));
  const name = relative(process.cwd(), file);
  return {
    source: existsSync(file) ? `the environment and ${name}` : 'the environment',
    values: readFrom(file),
  };
}

function readFrom(file: string): SettingValues {
  try {
    return givenSettings(file);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : file);
  }
}

/** For `--help`. */
export const settingsHelp = `  --settings FILE  a file in the form of local.settings.json to read settings from; without it
                   that of the npm start that runs now (.evergreen/local.settings.json), or else
                   local.settings.json. The environment goes before either.`;

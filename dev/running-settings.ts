import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SettingValues } from './local-settings.ts';

/** Where the settings of a running `npm start` are, in its data folder. */
export function runningSettingsPath(dataFolder: string): string {
  return join(dataFolder, 'local.settings.json');
}

/**
 * Tells other programs on this machine what the app was started with, in the form of a
 * local.settings.json, as long as it runs. Readable to its owner alone.
 */
export function shareSettings(path: string, values: SettingValues): { close(): Promise<void> } {
  rmSync(path, { force: true });
  const text = JSON.stringify({ IsEncrypted: false, Values: values }, null, 2);
  writeFileSync(path, `${text}\n`, { mode: 0o600 });
  return { close: async () => rmSync(path, { force: true }) };
}

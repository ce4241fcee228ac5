import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where this run keeps its data. */
export interface DataFolder {
  readonly path: string;
  /**
   * False while another run uses the folder: two Azurites on the same files would overwrite each
   * other's, so this run keeps its data in memory.
   */
  readonly isOurs: boolean;
  close(): Promise<void>;
}

/** Makes the folder and takes it until closed; the lock of a run that has died doesn't count. */
export function openDataFolder(path: string): DataFolder {
  mkdirSync(path, { recursive: true });
  const lock = join(path, 'lock');
  if (ownerIsAlive(lock)) return { path, isOurs: false, close: async () => {} };
  writeFileSync(lock, `${process.pid}\n`);
  return { path, isOurs: true, close: async () => rmSync(lock, { force: true }) };
}

function ownerIsAlive(lock: string): boolean {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

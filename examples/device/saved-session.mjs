// Keeps the session where the system keeps a user's settings, readable to that user alone.
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import envPaths from 'env-paths';

const folder = envPaths('evergreen-device', { suffix: '' }).config;
const file = join(folder, 'session.json');

/**
 * @param {string} app
 * @returns {Promise<string | undefined>} undefined if there is none for this app.
 */
export async function readSession(app) {
  try {
    const saved = JSON.parse(await readFile(file, 'utf8'));
    return saved.app === app ? saved.session : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} app
 * @param {string} session
 * @returns where it is.
 */
export async function saveSession(app, session) {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(file, JSON.stringify({ app, session }), { mode: 0o600 });
  // The mode above is for a new file.
  await chmod(file, 0o600);
  return file;
}

export async function forgetSession() {
  await rm(file, { force: true });
}

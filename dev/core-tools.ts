import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';

/** An installation of Azure Functions Core Tools that works. */
export interface CoreTools {
  readonly version: string;
  /** The environment's PATH, preceded by this project's programs. */
  readonly path: string;
}

const programs = join(import.meta.dirname, '../node_modules/.bin');

/** Undefined when there is none: the npm package is there even where its download failed. */
export function findCoreTools(): CoreTools | undefined {
  const path = [programs, process.env['PATH'] ?? ''].join(delimiter);
  const result = spawnSync('func', ['--version'], {
    env: { ...process.env, PATH: path },
    encoding: 'utf8',
    shell: process.platform === 'win32',
    timeout: 20_000,
  });
  const version = /^\d+\.\d+\.\d+/m.exec(result.stdout ?? '')?.[0];
  return result.status === 0 && version?.startsWith('4.') ? { version, path } : undefined;
}

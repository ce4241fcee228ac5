import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { endOf, forwardLines } from '../../dev/child-process.ts';
import { openidMetadata } from '../../dev/identity-provider/endpoints.ts';
import { type MeasuredProcess, startProcess } from '../lib/processes.ts';
import { clientId, clientSecret, tenantId } from '../stubs/entra/directory.ts';

const folder = import.meta.dirname;

/** What is compared with, each a script of its own here. */
export type Peer = 'plain' | 'msal-redis' | 'openid-redis' | 'bare-refresh' | 'memory-refresh';

/** @param own settings of this peer: `REDIS_URL`, `GRAPH_ORIGIN`, `GRAPH_CLIENT`, `ACCESS_TOKEN`. */
export function startPeer(
  peer: Peer,
  entra: string,
  own: Readonly<Record<string, string>> = {},
): Promise<MeasuredProcess> {
  const env = {
    NODE_ENV: 'production',
    ENTRA_ORIGIN: entra,
    ENTRA_METADATA: JSON.stringify(openidMetadata(entra, tenantId)),
    TENANT_ID: tenantId,
    CLIENT_ID: clientId,
    CLIENT_SECRET: clientSecret,
    ...own,
  };
  return startProcess(join(folder, `${peer}.js`), { env });
}

/** Installs the peers' packages unless those of the lock file are there. @throws with npm's output. */
export async function installPeers(step: (text: string) => void): Promise<void> {
  const installed = join(folder, 'node_modules/.package-lock.json');
  const isThere =
    existsSync(installed) &&
    statSync(installed).mtimeMs >= statSync(join(folder, 'package-lock.json')).mtimeMs;
  if (isThere) return;
  step('Installing the peers');
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  const child = spawn('npm', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  forwardLines(child, (line) => lines.push(line));
  const reason = await endOf(child, 'npm ci');
  if (child.exitCode !== 0) throw new Error(`${reason}\n${lines.join('\n')}`);
}

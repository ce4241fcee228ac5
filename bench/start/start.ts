import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { endOf } from '../../dev/child-process.ts';
import type { FirstAnswer } from './worker.ts';

export interface Start extends FirstAnswer {
  /** From before the process is made until its first answer has come. */
  readonly ms: number;
}

/** A function app, and what its first request asks. */
export interface FirstRequest {
  /** Its file. */
  readonly app: string;
  readonly functionName: string;
  readonly path: string;
}

export interface Starter {
  /** One HTTP function, bundled by the same tool. */
  readonly emptyApp: string;
  /** Starts a process, and ends it. @throws with what it printed when it gives no answer. */
  start(request: FirstRequest): Promise<Start>;
  close(): Promise<void>;
}

/** Whole, so that nothing is left out of a start. Nothing listens at its storage. */
export const settings: Readonly<Record<string, string>> = {
  PUBLIC_BASE_URL: 'http://localhost:7071',
  ENTRA_TENANT_ID: '11111111-2222-4333-8444-555555555555',
  ENTRA_CLIENT_ID: '99999999-2222-4333-8444-555555555555',
  ENTRA_CREDENTIAL: 'managed-identity',
  GRAPH_SCOPES: 'User.Read Mail.Read',
  LOCAL_WRAPPING_KEY: randomBytes(32).toString('base64'),
  TOKEN_STORAGE:
    'DefaultEndpointsProtocol=http;AccountName=nobody;AccountKey=bm9ib2R5;TableEndpoint=http://127.0.0.1:9/;QueueEndpoint=http://127.0.0.1:9/;',
};

/** Bundles the worker as well: Node's own handling of TypeScript is no part of a start. */
export async function createStarter(): Promise<Starter> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-start-'));
  const options = { platform: 'node', format: 'cjs', target: 'node22', bundle: true } as const;
  await build({
    ...options,
    entryPoints: ['worker.ts', 'empty-app.ts'].map((name) => join(import.meta.dirname, name)),
    external: ['@azure/functions-core'],
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    logLevel: 'warning',
  });
  const worker = join(folder, 'worker.cjs');
  return {
    emptyApp: join(folder, 'empty-app.cjs'),
    start: (request) => startOnce(worker, request),
    close: () => rm(folder, { recursive: true }),
  };
}

async function startOnce(worker: string, request: FirstRequest): Promise<Start> {
  const { app, functionName, path } = request;
  const url = new URL(path, settings['PUBLIC_BASE_URL']).href;
  const startedAt = performance.now();
  const child = fork(worker, [app, functionName, url], {
    // As the host starts its worker: with no options of Node's, so without source maps.
    ...{ env: { PATH: process.env['PATH'], ...settings }, execArgv: [] },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let printed = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const ended = endOf(child, functionName);
  const answered = once(child, 'message').then(([answer]: FirstAnswer[]) => {
    const ms = performance.now() - startedAt;
    if (!answer) throw new Error(`${functionName} gave no answer`);
    return { ms, ...answer };
  });
  const start = await Promise.race([answered, ended]);
  await ended;
  if (typeof start === 'string') throw new Error(`${start}\n${printed}`);
  return start;
}

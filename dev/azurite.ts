import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { developmentAccount } from '../src/lib/config/connection-string.ts';

export interface AzuriteOptions {
  /** Where the data is kept. Undefined: in memory. */
  readonly folder?: string | undefined;
  /** Receives what Azurite prints, line by line. */
  readonly log?: (line: string) => void;
}

/** A running storage emulator. */
export interface Azurite {
  readonly connectionString: string;
  /** Addresses of the services, without the account's path. */
  readonly blobOrigin: string;
  readonly queueOrigin: string;
  readonly tableOrigin: string;
  /** Resolves when the process ends, with the reason in words. */
  readonly ended: Promise<string>;
  /** Stops it cleanly, so that everything in the folder is kept. */
  close(): Promise<void>;
}

/** @see https://github.com/Azure/Azurite#default-storage-account */
const { name: account, key } = developmentAccount;
const script = join(import.meta.dirname, '../node_modules/azurite/dist/src/azurite.js');
/**
 * Azurite stops cleanly at this message; a parent that closes the channel, or dies, sends it so.
 * Before Azurite listens for it there is nothing to keep.
 */
const stopWithParent = `data:text/javascript,${encodeURIComponent(
  `process.once('disconnect', () => process.emit('message', 'shutdown') || process.exit());`,
)}`;
const startWithinMs = 30_000;
const stopWithinMs = 10_000;

/**
 * Starts Azurite on free ports: with a folder on the usual ones, if they are free.
 *
 * @throws with its output when it doesn't start
 */
export async function startAzurite(options: AzuriteOptions = {}): Promise<Azurite> {
  const usual = options.folder === undefined ? anyPorts : [10_000, 10_001, 10_002];
  try {
    return await startOnce(options, usual);
  } catch (error) {
    const isTaken = error instanceof Error && error.message.includes('EADDRINUSE');
    if (!isTaken) throw error;
    return startOnce(options, anyPorts);
  }
}

const anyPorts = [0, 0, 0];

async function startOnce(
  { folder, log }: AzuriteOptions,
  [blob, queue, table]: readonly number[],
): Promise<Azurite> {
  const args = ['--silent', '--disableTelemetry', '--skipApiVersionCheck'];
  args.push('--blobPort', `${blob}`, '--queuePort', `${queue}`, '--tablePort', `${table}`);
  args.push(...(folder === undefined ? ['--inMemoryPersistence'] : ['--location', folder]));
  // A process group of its own: Ctrl-C in a terminal reaches only us, and we stop it in order.
  const child = spawn(process.execPath, ['--import', stopWithParent, script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: process.platform !== 'win32',
  });
  const output = collectOutput(child, log);
  const ended = once(child, 'exit').then(([code, signal]) => `Azurite ended (${signal ?? code})`);
  const { blobOrigin, queueOrigin, tableOrigin } = await listeningOrigins(child, ended, output);
  return {
    connectionString: connectionString({ blobOrigin, queueOrigin, tableOrigin }),
    blobOrigin,
    queueOrigin,
    tableOrigin,
    ended,
    close: async () => {
      if (child.connected) child.disconnect();
      const tooLong = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
      await ended;
      clearTimeout(tooLong);
    },
  };
}

interface Origins {
  readonly blobOrigin: string;
  readonly queueOrigin: string;
  readonly tableOrigin: string;
}

/**
 * The addresses that this process says it listens on. To ask a port whether it answers would not
 * do: another Azurite may have taken it.
 */
async function listeningOrigins(
  child: ChildProcess,
  ended: Promise<string>,
  output: () => string,
): Promise<Origins> {
  const origin = (service: string) =>
    new RegExp(`${service} service is successfully listening at (http://\\S+)`).exec(output())?.[1];
  let isOver = '';
  void ended.then((reason) => {
    isOver = reason;
  });
  const deadline = performance.now() + startWithinMs;
  for (;;) {
    const [blobOrigin, queueOrigin, tableOrigin] = ['Blob', 'Queue', 'Table'].map(origin);
    if (blobOrigin && queueOrigin && tableOrigin) return { blobOrigin, queueOrigin, tableOrigin };
    if (isOver || performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`${isOver || 'Azurite does not start'}: ${output()}`);
    }
    await sleep(20);
  }
}

function collectOutput(child: ChildProcess, log?: (line: string) => void): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-10_000);
      if (log) for (const line of chunk.split('\n').filter(Boolean)) log(line);
    });
  }
  return () => text;
}

function connectionString(origins: Origins): string {
  return [
    'DefaultEndpointsProtocol=http',
    `AccountName=${account}`,
    `AccountKey=${key}`,
    `BlobEndpoint=${origins.blobOrigin}/${account}`,
    `QueueEndpoint=${origins.queueOrigin}/${account}`,
    `TableEndpoint=${origins.tableOrigin}/${account}`,
  ].join(';');
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import getPort, { portNumbers } from 'get-port';

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

/** Azurite's well-known account and key. @see https://github.com/Azure/Azurite#default-storage-account */
const account = 'devstoreaccount1';
const key =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
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
const attempts = 3;

/** Starts Azurite on free ports. @throws with its output when it doesn't start */
export async function startAzurite(options: AzuriteOptions = {}): Promise<Azurite> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      // Somebody was quicker on one of the ports.
      const isTaken = error instanceof Error && error.message.includes('EADDRINUSE');
      if (!isTaken || attempt === attempts) throw error;
    }
  }
}

async function startOnce({ folder, log }: AzuriteOptions): Promise<Azurite> {
  const [blob, queue, table] = await freePorts();
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
  const origins = [blob, queue, table].map((port) => `http://127.0.0.1:${port}`);
  const [blobOrigin = '', queueOrigin = '', tableOrigin = ''] = origins;
  try {
    const died = ended.then((reason) => Promise.reject(new Error(`${reason}: ${output()}`)));
    await Promise.race([died, Promise.all(origins.map(untilItAnswers))]);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
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

/** The usual ones where all three are free. */
async function freePorts(): Promise<[number, number, number]> {
  const port = () => getPort({ port: portNumbers(10_000, 10_002), host: '127.0.0.1' });
  return [await port(), await port(), await port()];
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

/** Any answer will do: without a signature it is a 400 or a 403. */
async function untilItAnswers(origin: string): Promise<void> {
  const deadline = Date.now() + startWithinMs;
  for (;;) {
    try {
      await (await fetch(origin)).body?.cancel();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`${origin} does not answer`, { cause: error });
      await sleep(50);
    }
  }
}

function connectionString(origins: {
  blobOrigin: string;
  queueOrigin: string;
  tableOrigin: string;
}): string {
  return [
    'DefaultEndpointsProtocol=http',
    `AccountName=${account}`,
    `AccountKey=${key}`,
    `BlobEndpoint=${origins.blobOrigin}/${account}`,
    `QueueEndpoint=${origins.queueOrigin}/${account}`,
    `TableEndpoint=${origins.tableOrigin}/${account}`,
  ].join(';');
}

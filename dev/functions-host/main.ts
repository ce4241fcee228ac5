/** Runs the app on the small host: `npm run dev:host`. All settings come from the environment. */
import { parseArgs } from 'node:util';
import { buildBundle } from '../../build.ts';
import { hasCode } from '../loopback-servers.ts';
import { type FunctionsHost, startHost } from './host.ts';
import { messageOf } from './log.ts';

const defaultPort = 7071;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'no-timers': { type: 'boolean', default: false },
      'no-queues': { type: 'boolean', default: false },
      'max-polling-interval': { type: 'string' },
    },
  });
  const interval = values['max-polling-interval'];
  const host = await startHost({
    bundle: await buildBundle(),
    port: readPort(process.env['PORT']),
    timers: !values['no-timers'],
    queues: !values['no-queues'],
    maxPollingIntervalMs: interval === undefined ? undefined : Number(interval),
  });
  stopOnSignal(host);
  process.on('message', (message) => void answerParent(host, message));
  console.log(`listening on ${host.origin}`);
  tellParent({ type: 'listening', origin: host.origin });
}

function readPort(text: string | undefined): number {
  const port = Number(text || defaultPort);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw new Error(`PORT is not a port: ${text}`);
}

/** A parent that goes away takes its host with it. */
function stopOnSignal(host: FunctionsHost): void {
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    host.close().then(() => process.exit(0), fail);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop).on('disconnect', stop);
}

/** `{type: 'runTimer', name, id}` is answered `{type: 'ranTimer', id, error?}`. */
async function answerParent(host: FunctionsHost, message: unknown): Promise<void> {
  if (!isRunTimer(message)) return;
  const { id, name } = message;
  const error = await host.runTimer(name).then(() => undefined, messageOf);
  tellParent({ type: 'ranTimer', id, ...(error !== undefined && { error }) });
}

/** Without a parent, or when it has just gone, there is nobody to tell. */
function tellParent(message: object): void {
  if (process.connected) process.send?.(message, undefined, {}, () => {});
}

function isRunTimer(message: unknown): message is { name: string; id: unknown } {
  return (
    typeof message === 'object' &&
    message !== null &&
    'type' in message &&
    message.type === 'runTimer' &&
    'id' in message &&
    'name' in message &&
    typeof message.name === 'string'
  );
}

function fail(error: unknown): void {
  const taken = hasCode(error, 'EADDRINUSE');
  console.error(messageOf(error) + (taken ? ': set PORT to another one, or to 0' : ''));
  process.exit(1);
}

await main().catch(fail);

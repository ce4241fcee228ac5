import { spawn } from 'node:child_process';
import getPort from 'get-port';
import { endOf, endWithUs, forwardLines, stopGroup } from '../../dev/child-process.ts';

export interface Redis {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts the system's Redis on a free port, in memory alone. @throws when there is none. */
export async function startRedis(): Promise<Redis> {
  const port = await getPort({ host: '127.0.0.1' });
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
  const ended = endOf(child, 'redis-server, which peers need (a package of the system),');
  endWithUs(child, ended);
  const lines: string[] = [];
  const ready = new Promise<void>((resolve) => {
    forwardLines(child, (line) => {
      lines.push(line);
      if (line.includes('Ready to accept connections')) resolve();
    });
  });
  const failed = ended.then((reason) => Promise.reject(new Error([reason, ...lines].join('\n'))));
  failed.catch(() => undefined);
  await Promise.race([ready, failed]);
  return { url: `redis://127.0.0.1:${port}`, stop: () => stopGroup(child, ended) };
}

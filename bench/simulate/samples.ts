import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Measurements } from './measurements.ts';
import type { SampleMessage, SampleTask } from './sample-thread.ts';

/**
 * Simulates samples, as many at a time as there are processors.
 *
 * @param progress is told of each day of each sample.
 */
export async function simulateSamples(
  tasks: readonly SampleTask[],
  progress: () => void,
): Promise<Measurements[]> {
  const measurements: Measurements[] = [];
  const waiting = [...tasks.entries()];
  const runAll = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, task] = next;
      measurements[index] = await inThread(task, progress);
    }
  };
  await Promise.all(Array.from({ length: Math.min(tasks.length, availableParallelism()) }, runAll));
  return measurements;
}

function inThread(task: SampleTask, progress: () => void): Promise<Measurements> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL('sample-thread.ts', import.meta.url), { workerData: task });
    thread.on('message', (message: SampleMessage) => {
      if ('day' in message) progress();
      else resolve(message.measurements);
    });
    thread.on('error', reject);
    thread.on('exit', (code) => reject(new Error(`a sample ended early, with code ${code}`)));
  });
}

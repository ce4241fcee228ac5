/** One sample in a thread of its own: told what to simulate, tells each day, and what it measured. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Measurements } from './measurements.ts';
import type { Scenario } from './scenario.ts';
import { simulateSample } from './simulate-sample.ts';

export interface SampleTask {
  scenario: Scenario;
  users: number;
  seed: number;
}

export type SampleMessage = { day: number } | { measurements: Measurements };

const { scenario, users, seed }: SampleTask = workerData;
const tell = (message: SampleMessage) => parentPort?.postMessage(message);
const measurements = await simulateSample(scenario, {
  users,
  seed,
  progress: (day) => tell({ day }),
});
tell({ measurements });

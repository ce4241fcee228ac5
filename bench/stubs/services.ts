import { join } from 'node:path';
import { startProcess } from '../lib/processes.ts';

/** A stub in a process of its own. */
export interface Stub {
  readonly origin: string;
  /** How many requests it has had since this was last asked. */
  takeCount(): Promise<number>;
  /** Milliseconds before each answer from now on; of tables: none. */
  delay(ms: number): Promise<void>;
  stop(): Promise<void>;
}

export const startTables = () => startStub('tables');
/** Its token endpoint alone is counted, and late. */
export const startEntra = () => startStub('entra');
export const startGraph = () => startStub('graph');

async function startStub(name: 'tables' | 'entra' | 'graph'): Promise<Stub> {
  const { origin, ask, stop } = await startProcess(join(import.meta.dirname, name, 'main.ts'));
  return {
    origin,
    takeCount: async () => (await ask('takeCount')) as number,
    delay: async (ms) => {
      await ask('delay', ms);
    },
    stop,
  };
}

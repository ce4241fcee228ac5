import { join } from 'node:path';
import { type MeasuredProcess, startProcess } from '../lib/processes.ts';
import { startPeer } from '../peers/peers.ts';
import { makeDue, seedSessions } from '../product/seed.ts';
import { productSettings } from '../product/settings.ts';
import { authorizationCode } from '../stubs/entra/directory.ts';
import { type Stub, startTables } from '../stubs/services.ts';

/** A running process that can refresh users' tokens. */
export interface Subject {
  readonly process: MeasuredProcess;
  /** Puts the users from a number on where they can be refreshed. @returns what `refresh` takes. */
  ready(from: number, count: number): Promise<readonly unknown[]>;
  /** The product's. */
  readonly tables?: Stub;
  close(): Promise<void>;
}

/** Starts a process afresh, with so many users signed in. */
export type Open = (entra: Stub, users: number) => Promise<Subject>;

const product: Open = async (entra, users) => {
  const tables = await startTables();
  const graph = entra.origin;
  const env = productSettings({ tables: tables.origin, entra: entra.origin, graph });
  await seedSessions(env, users);
  const process = await startProcess(join(import.meta.dirname, '../product/worker.ts'), { env });
  const close = async () => {
    await process.stop();
    await tables.stop();
  };
  return { process, ready: (from, count) => makeDue(env, { from, count }), tables, close };
};

/** Whose users are in its memory. */
const peer =
  (name: 'bare-refresh' | 'memory-refresh'): Open =>
  async (entra, users) => {
    const process = await startPeer(name, entra.origin);
    const codes = Array.from({ length: users }, (_, user) => authorizationCode(user));
    await process.ask('signIn', codes);
    const ready = async (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => from + index);
    return { process, ready, close: process.stop };
  };

export const subjects = {
  'product, its queue function': product,
  'bare POSTs of refresh tokens': peer('bare-refresh'),
  'MSAL with its cache in memory': peer('memory-refresh'),
} as const satisfies Record<string, Open>;

export type SubjectName = keyof typeof subjects;

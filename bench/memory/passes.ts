import { join } from 'node:path';
import { generateLoad } from '../lib/load.ts';
import { type MeasuredProcess, startProcess } from '../lib/processes.ts';
import { checkProfile } from '../lib/profile.ts';
import type { ProductSettings } from '../product/settings.ts';
import { oidOf } from '../stubs/entra/directory.ts';
import type { Stub } from '../stubs/services.ts';

/** What one process of the product held, in bytes: its heap and its buffers. */
export interface Passes {
  /** When its code was warm. */
  readonly before: number;
  /** After each user had asked for `/me` once, and twice. */
  readonly first: number;
  readonly second: number;
  readonly rss: number;
  readonly users: number;
  /** How many users the process knew after the first pass: `/me` of those asks less of the tables. */
  readonly remembered: number;
  /** What was wrong with answers. */
  readonly faults: readonly string[];
}

const inFlight = 16;
/** Code stays: that of Node's TypeScript loader, which goes at some time, is as large as what is measured. */
const nodeOptions = ['--expose-gc', '--no-flush-bytecode'];

/** Requests until the product's code is compiled, of the first of the users. */
const warmUp = { users: 50, requests: 2_000 };
const sampleEvery = 20;

/** Somebody who is signed in. */
interface User {
  readonly oid: string;
  readonly cookie: string;
}

/** Starts the product, and lets all users ask twice. */
export async function runPasses(
  {
    settings,
    cookies,
    tables,
  }: {
    settings: ProductSettings;
    /** Of the users 0, 1, 2 and so on. */
    cookies: readonly string[];
    tables: Stub;
  },
  step: (text: string) => void,
): Promise<Passes> {
  const script = join(import.meta.dirname, '../product/plain-server.ts');
  const product = await startProcess(script, { env: settings, nodeOptions });
  const faults: string[] = [];
  const users = cookies.map((cookie, user): User => ({ oid: oidOf(user), cookie }));
  const ask = async (pass: string, asking: readonly User[], requests = asking.length) => {
    step(pass);
    faults.push(...(await askAll(product, asking, requests)));
  };
  try {
    await ask('warming up', users.slice(0, warmUp.users), warmUp.requests);
    const before = await held(product);
    await ask('first pass', users);
    const first = await held(product);
    const remembered = users.length * (await shareRemembered({ product, users, tables }));
    await ask('second pass', users);
    const second = await held(product);
    const { rss } = await product.usage();
    return { before, first, second, rss, users: users.length, remembered, faults };
  } finally {
    await product.stop();
  }
}

/** Of a sample, because what is remembered is forgotten as time passes. */
async function shareRemembered({
  product,
  users,
  tables,
}: {
  product: MeasuredProcess;
  users: readonly User[];
  tables: Stub;
}): Promise<number> {
  // The latest first, which stay the longest.
  const sample = users.filter((_, user) => user % sampleEvery === 0).reverse();
  await tables.takeCount();
  await askAll(product, sample, sample.length);
  return Math.max(0, 2 - (await tables.takeCount()) / sample.length);
}

async function askAll(
  { origin }: MeasuredProcess,
  users: readonly User[],
  requests: number,
): Promise<string[]> {
  const userOf = (index: number) => users[index % users.length];
  const { errors, firstError } = await generateLoad({
    ...{ origin, path: '/me', requests, inFlight },
    headers: (index) => ({ cookie: userOf(index)?.cookie ?? '' }),
    check: (body, index) => checkProfile(body, userOf(index)?.oid ?? ''),
  });
  return errors === 0
    ? []
    : [`${errors} of ${requests} answers were wrong, the first: ${firstError}`];
}

async function held(product: MeasuredProcess): Promise<number> {
  // Collects once before.
  await product.usage();
  const { heapUsed, arrayBuffers } = await product.usage();
  return heapUsed + arrayBuffers;
}

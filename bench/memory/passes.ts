import { join } from 'node:path';
import { generateLoad } from '../lib/load.ts';
import { type MeasuredProcess, startProcess } from '../lib/processes.ts';
import type { ProductSettings } from '../product/settings.ts';
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

/** Starts the product, and lets all users ask twice. */
export async function runPasses(
  {
    settings,
    cookies,
    tables,
  }: { settings: ProductSettings; cookies: readonly string[]; tables: Stub },
  step: (text: string) => void,
): Promise<Passes> {
  const script = join(import.meta.dirname, '../product/plain-server.ts');
  const product = await startProcess(script, { env: settings, nodeOptions });
  const faults: string[] = [];
  const ask = async (pass: string, users: readonly string[], requests = users.length) => {
    step(pass);
    faults.push(...(await askAll(product, users, requests)));
  };
  try {
    await ask('warming up', cookies.slice(0, warmUp.users), warmUp.requests);
    const before = await held(product);
    await ask('first pass', cookies);
    const first = await held(product);
    const remembered = cookies.length * (await shareRemembered({ product, cookies, tables }));
    await ask('second pass', cookies);
    const second = await held(product);
    const { rss } = await product.usage();
    return { before, first, second, rss, users: cookies.length, remembered, faults };
  } finally {
    await product.stop();
  }
}

/** Of a sample, because what is remembered is forgotten as time passes. */
async function shareRemembered({
  product,
  cookies,
  tables,
}: {
  product: MeasuredProcess;
  cookies: readonly string[];
  tables: Stub;
}): Promise<number> {
  // The latest first, which stay the longest.
  const sample = cookies.filter((_, user) => user % sampleEvery === 0).reverse();
  await tables.takeCount();
  await askAll(product, sample, sample.length);
  return Math.max(0, 2 - (await tables.takeCount()) / sample.length);
}

async function askAll(
  { origin }: MeasuredProcess,
  cookies: readonly string[],
  requests: number,
): Promise<string[]> {
  const { errors, firstError } = await generateLoad({
    ...{ origin, path: '/me', requests, inFlight },
    headers: (index) => ({ cookie: cookies[index % cookies.length] ?? '' }),
    check: (body) => (body.startsWith('{') ? undefined : body),
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
